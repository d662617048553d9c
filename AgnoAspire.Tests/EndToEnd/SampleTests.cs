using System.Text.RegularExpressions;
using AgnoAspire.Tests.EndToEnd.Clients;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>The samples, and those in README.md and clients/README.md, run against real processes.</summary>
public sealed partial class SampleTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string DocumentedAddress = "http://localhost:8000";

    private static readonly string Folder = Path.Combine(Repository.Root, "samples");
    private static readonly string ClientFolder = Path.Combine(Repository.Root, "clients");

    private readonly ServerProcess api = fixture.Cluster.Apis[0];

    public static TheoryData<string> JavaScript => Files("javascript", "*.mjs");

    public static TheoryData<string> Python => Files("python", "*.py");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Address => api.Address.ToString().TrimEnd('/');

    [Theory]
    [MemberData(nameof(JavaScript))]
    public async Task JavaScript_sample_prints_the_whole_answer(string file)
    {
        Assert.SkipWhen(ProcessRunner.Find("node") is null, "no Node.js on this machine");

        var printed = await ProcessRunner.RunAsync("node", [Path.Combine(Folder, file), Address], cancellationToken: Cancel);

        Assert.Equal(await AnswerAsync("gpt-3.5-turbo", ChatClient.Story), printed);
    }

    [Theory]
    [MemberData(nameof(Python))]
    public async Task Python_sample_prints_the_whole_answer(string file)
    {
        var printed = await ProcessRunner.RunAsync(await ClientScripts.PythonAsync(), [Path.Combine(Folder, file), Address], cancellationToken: Cancel);

        Assert.Equal(await AnswerAsync("gpt-3.5-turbo", ChatClient.Story), printed);
    }

    [Fact]
    public async Task Curl_sample_streams_resumes_and_reads_the_status()
    {
        var printed = await RunShellAsync([Path.Combine(Folder, "curl", "chat.sh"), Address]);

        var parts = printed.Split("--- after event 5\n");
        Assert.Contains("\nid: 1\n", parts[0], StringComparison.Ordinal);
        Assert.Contains("\"done\":true", parts[0], StringComparison.Ordinal);
        Assert.EndsWith(parts[1].Split("--- status\n")[0][(parts[1].IndexOf("id: 6\n", StringComparison.Ordinal))..], parts[0], StringComparison.Ordinal);
        Assert.DoesNotContain("id: 5\n", parts[1], StringComparison.Ordinal);
        Assert.Contains("\"status\":\"completed\"", parts[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_sample_streams_in_OpenAIs_format()
    {
        var printed = await RunShellAsync([Path.Combine(Folder, "curl", "openai.sh"), Address]);

        Assert.Contains("\"usage\":{", printed, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_in_README_streams_the_answer()
    {
        var command = Block("README.md", "bash").Single(block => block.Contains("curl", StringComparison.Ordinal));

        var printed = await RunShellAsync(["-c", command.Replace(DocumentedAddress, Address, StringComparison.Ordinal)]);

        Assert.Contains("data: {\"content\":\"", printed, StringComparison.Ordinal);
        Assert.Contains("\"done\":true", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Python_in_clients_README_prints_the_whole_answer()
    {
        var code = Assert.Single(Block("clients/README.md", "python")).Replace(DocumentedAddress, Address, StringComparison.Ordinal);

        var printed = await ProcessRunner.RunAsync(await ClientScripts.PythonAsync(), ["-c", code], directory: ClientFolder, cancellationToken: Cancel);

        Assert.Equal(await AnswerAsync("demo", "Tell me a story"), printed);
    }

    private static TheoryData<string> Files(string language, string pattern) =>
        [.. Directory.EnumerateFiles(Path.Combine(Folder, language), pattern).Select(path => Path.GetRelativePath(Folder, path))];

    private static Task<string> RunShellAsync(string[] arguments)
    {
        Assert.SkipWhen(ProcessRunner.Find("curl") is null || ProcessRunner.Find("bash") is null, "no curl or bash on this machine");
        return ProcessRunner.RunAsync("bash", arguments, cancellationToken: Cancel);
    }

    private static IEnumerable<string> Block(string file, string language) => CodeBlock().Matches(File.ReadAllText(Path.Combine(Repository.Root, file)))
        .Where(match => match.Groups[1].Value == language)
        .Select(match => match.Groups[2].Value);

    private async Task<string> AnswerAsync(string model, string prompt)
    {
        using var response = await api.Client.PostAsync(ChatClient.Body(model, stream: false, prompt), Cancel);
        return (await response.JsonAsync(Cancel)).GetProperty("content").GetString()!;
    }

    [GeneratedRegex("^```([a-z]+)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();
}
