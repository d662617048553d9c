using System.Reflection;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>The fake provider as a process of its own, so that its work is not counted as a client's.</summary>
internal static class ProviderProgram
{
    public const string Name = "provider";

    public static ServerProcess Create()
    {
        var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
        return new ServerProcess(
            Name,
            address,
            "dotnet",
            [Assembly.GetExecutingAssembly().Location, Name, "--port", $"{address.Port}"],
            cancellationToken => ServerProcess.AnswersAsync(new Uri(address, FakeOpenAI.HealthPath), cancellationToken));
    }

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        await using var provider = await FakeOpenAI.StartAsync(arguments.Number("port", 0, 1, ushort.MaxValue), cancellationToken);
        provider.Default = new AnswerGenerator().AnswerAsync;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }
}
