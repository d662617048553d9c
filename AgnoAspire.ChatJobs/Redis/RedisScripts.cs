using System.Text.RegularExpressions;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>The scripts, each an atomic step on the keys of one slot; the head of each file says what it takes and returns.</summary>
internal static partial class RedisScripts
{
    public static readonly string Create = Load("create");
    public static readonly string Accept = Load("accept");
    public static readonly string Withdraw = Load("withdraw");
    public static readonly string Enqueue = Load("enqueue");
    public static readonly string Claim = Load("claim");
    public static readonly string Renew = Load("renew");
    public static readonly string Release = Load("release");
    public static readonly string Requeue = Load("requeue");
    public static readonly string Recover = Load("recover");
    public static readonly string Resume = Load("resume");
    public static readonly string Start = Load("start");
    public static readonly string Restore = Load("restore");
    public static readonly string Relinquish = Load("relinquish");
    public static readonly string Append = Load("append");
    public static readonly string Heartbeat = Load("heartbeat");
    public static readonly string Cancel = Load("cancel");
    public static readonly string ReportViewer = Load("report_viewer");
    public static readonly string Reserve = Load("reserve");
    public static readonly string Settle = Load("settle");
    public static readonly string RegisterModels = Load("register_models");
    public static readonly string ReadModels = Load("read_models");
    public static readonly string CheckHealth = Load("check_health");
    public static readonly string Barrier = Load("barrier");

    // A script cannot call another one, so what several share is included as text.
    private static string Load(string name) => IncludeLine.Replace(Read(name), include => Read(include.Groups[1].Value));

    private static string Read(string name)
    {
        using var stream = typeof(RedisScripts).Assembly.GetManifestResourceStream($"{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not embedded in {typeof(RedisScripts).Assembly.GetName().Name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^--@include (\w+)\n", RegexOptions.Multiline)]
    private static partial Regex IncludeLine { get; }
}

/// <summary>Times and durations as scripts and keys have them: whole milliseconds.</summary>
internal static class RedisTime
{
    public static long Milliseconds(TimeSpan duration) => (long)duration.TotalMilliseconds;

    public static DateTimeOffset? Read(RedisValue milliseconds) =>
        milliseconds.IsNull ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds);
}
