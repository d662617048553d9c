using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// What a .NET process needs, without garbage: the provider is suspended, the process is made to collect (by the runtime's event keyword for
/// heap dumps, with a full blocking collection), and is read when its memory has stopped changing: its resident memory then, with what the
/// runtime keeps for later, and the size of its managed heap, in bytes.
/// </summary>
internal sealed record ProcessMemory(long Resident, long Live)
{
    private const double StillChange = 0.002;
    private const int StillReadings = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task<ProcessMemory> ReadAsync(ServerProcess process, ServerProcess provider, CancellationToken cancellationToken)
    {
        provider.Suspend();
        try
        {
            // Twice: the second one returns what the first one has freed.
            await CollectAsync(process, cancellationToken);
            var live = await CollectAsync(process, cancellationToken);
            return new ProcessMemory(await ResidentAsync(process, cancellationToken), live);
        }
        finally
        {
            provider.Resume();
        }
    }

    public ProcessMemory Since(ProcessMemory before) => new(Resident - before.Resident, Live - before.Live);

    private static async Task<long> ResidentAsync(ServerProcess process, CancellationToken cancellationToken)
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

    private static async Task<long> CollectAsync(ServerProcess process, CancellationToken cancellationToken)
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
        return live > 0 ? live : throw new InvalidOperationException($"{process.Name} did not collect.");
    }
}
