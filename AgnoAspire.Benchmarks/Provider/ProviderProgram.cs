using System.Reflection;
using AgnoAspire.Benchmarks.Harness;

namespace AgnoAspire.Benchmarks.Provider;

/// <summary>The fake provider as a process of its own, so that its work is not counted as anybody else's.</summary>
internal static class ProviderProgram
{
    public const string Name = "provider";

    public static ChildProcess Create(int port, string directory) => new(
        Name,
        "dotnet",
        [Assembly.GetExecutingAssembly().Location, Name, "--port", $"{port}"],
        cancellationToken => ServiceProcess.AnswersAsync(new Uri($"http://127.0.0.1:{port}{FakeProvider.HealthPath}"), cancellationToken),
        directory);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        await using var provider = await FakeProvider.StartAsync(arguments.Number("port", 0, 1, ushort.MaxValue));
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }
}
