using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// What a .NET process needs, not what its garbage collector has not got round to: the provider holds still, the process is told to collect
/// (the runtime's own event keyword for heap dumps does that, with a full blocking collection), and is read when its memory has stopped
/// changing.
/// </summary>
/// <param name="Resident">What it has in memory then, in bytes: also what the runtime keeps for later.</param>
/// <param name="Live">What its managed heap held after the collection, in bytes.</param>
internal sealed record ProcessMemory(long Resident, long Live)
{
    private const double StillChange = 0.002;
    private const int StillReadings = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task<ProcessMemory> ReadAsync(ChildProcess process, ChildProcess provider, CancellationToken cancellationToken)
    {
        provider.Stop();
        try
        {
            // Twice: what the first one made free, the second one gives back.
            await CollectAsync(process, cancellationToken);
            var live = await CollectAsync(process, cancellationToken);
            return new ProcessMemory(await ResidentAsync(process, cancellationToken), live);
        }
        finally
        {
            provider.Continue();
        }
    }

    public ProcessMemory Since(ProcessMemory before) => new(Resident - before.Resident, Live - before.Live);

    private static async Task<long> ResidentAsync(ChildProcess process, CancellationToken cancellationToken)
    {
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

    // The size of the managed heap after the collection.
    private static async Task<long> CollectAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        const ClrTraceEventParser.Keywords Keywords = ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.GCHeapCollect;
        using var session = await new DiagnosticsClient(process.Id).StartEventPipeSessionAsync(
            new EventPipeProvider(ClrTraceEventParser.ProviderName, EventLevel.Informational, (long)Keywords), requestRundown: false, token: cancellationToken);
        using var source = new EventPipeEventSource(session.EventStream);
        var live = 0L;
        source.Clr.GCHeapStats += heap => live = heap.TotalHeapSize;
        var reading = Task.Run(source.Process, cancellationToken);
        await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        await session.StopAsync(cancellationToken);
        await reading;
        return live > 0 ? live : throw new InvalidOperationException($"{process.Name} did not collect when it was told to.");
    }
}
