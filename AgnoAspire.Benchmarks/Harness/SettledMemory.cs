using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// What a .NET process needs, not what its garbage collector has not got round to: it is told to collect (the runtime's own event keyword
/// for heap dumps does that, with a full blocking collection), and read when its memory has stopped changing.
/// </summary>
internal static class SettledMemory
{
    private const long CollectKeyword = 0x800000;
    private const double StillChange = 0.002;
    private const int StillReadings = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Tells a process to collect, waits, and reads.</summary>
    /// <returns>What it has in memory then, in bytes.</returns>
    public static async Task<long> ReadAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        // Twice: what the first one made free, the second one gives back.
        await CollectAsync(process, cancellationToken);
        await CollectAsync(process, cancellationToken);
        var last = process.WorkingSet;
        for (var (still, waited) = (0, TimeSpan.Zero); still < StillReadings && waited < Limit; waited += Interval)
        {
            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
            var now = process.WorkingSet;
            still = Math.Abs(now - last) <= last * StillChange ? still + 1 : 0;
            last = now;
        }

        return last;
    }

    private static async Task CollectAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        var client = new DiagnosticsClient(process.Id);
        using var session = await client.StartEventPipeSessionAsync(
            new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, CollectKeyword), requestRundown: false, token: cancellationToken);
        var draining = session.EventStream.CopyToAsync(Stream.Null, cancellationToken);
        await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        await session.StopAsync(cancellationToken);
        await draining;
    }
}
