using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>The contract's own samples, run against real processes.</summary>
public sealed class ContractSampleTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly string Folder = Path.Combine(Repository.Root, "AgnoAspire.Tests", "EndToEnd", "Contract");
    private readonly ServerProcess api = fixture.Cluster.Apis[0];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Address => api.Address.ToString().TrimEnd('/');

    [Fact]
    public async Task Python_sample_prints_the_story()
    {
        // Debian's requests belongs to the system's own interpreter.
        var python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : ProcessRunner.Find("python3");
        Assert.SkipWhen(python is null, "no Python on this machine");
        Assert.SkipUnless(await HasRequestsAsync(python!), "no python3-requests on this machine");

        var printed = await ProcessRunner.RunAsync(python!, [Path.Combine(Folder, "contract.py"), Address], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(await StoryAsync(), printed.TrimEnd('\n'));
    }

    [Fact]
    public async Task JavaScript_sample_reads_the_story()
    {
        var packages = await NodePackages.InstallAsync("contract", ["eventsource@5.1.5"], Cancel);

        var printed = await ProcessRunner.RunAsync("node", [Path.Combine(Folder, "contract.mjs"), Address, packages], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(await StoryAsync(), printed.TrimEnd('\n'));
    }

    private static async Task<bool> HasRequestsAsync(string python)
    {
        try
        {
            await ProcessRunner.RunAsync(python, ["-c", "import requests"], cancellationToken: TestContext.Current.CancellationToken);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private async Task<string> StoryAsync()
    {
        using var response = await api.Client.PostAsync(ChatClient.Body("gpt-3.5-turbo", stream: false), Cancel);
        return (await response.JsonAsync(Cancel)).GetProperty("content").GetString()!;
    }
}
