using System.Reflection;
using System.Text.RegularExpressions;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Redis;
using StackExchange.Redis;

namespace AgnoAspire.Tests.Unit.Docs;

/// <summary>docs/redis.md lists every key, channel and script.</summary>
public sealed partial class RedisDocumentTests
{
    private const string Document = "docs/redis.md";

    [Fact]
    public void Document_lists_every_key_and_channel()
    {
        var keys = new RedisKeys(new ChatJobsOptions());
        var members = typeof(RedisKeys).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(method => method.ReturnType == typeof(RedisKey) || method.ReturnType == typeof(RedisChannel))
            .Select(method => method.Invoke(keys, [.. method.GetParameters().Select(_ => "x")])!.ToString()!);
        var documented = Documents.Rows(Documents.Section(Document, "Keys")).SelectMany(row => Documents.Code(row[0]));

        Assert.Equal(members.Select(General).Order(StringComparer.Ordinal), documented.Select(General).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Document_lists_every_script()
    {
        var scripts = Documents.Files("*.lua").Select(Path.GetFileNameWithoutExtension).Where(name => !name!.StartsWith('_'));
        var documented = Documents.Rows(Documents.Section(Document, "Scripts")).SelectMany(row => Documents.Code(row[1]));

        Assert.Equal(scripts.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    // The key of any job, caller or process.
    private static string General(string key) => HashTagValue().Replace(key, "$1").Replace(":worker:<id>", ":worker:x", StringComparison.Ordinal);

    [GeneratedRegex(@"(\{\w+:)[^}]+")]
    private static partial Regex HashTagValue();
}
