using System.Threading.Channels;
using AgnoAspire.ChatJobs.Telemetry;
using OpenTelemetry;

namespace AgnoAspire.Tests.Integration.Telemetry;

/// <summary>Stands where the exporter stands: gets every span that has ended.</summary>
internal sealed class SpanCollector : BaseProcessor<Activity>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Channel<Activity> ended = Channel.CreateUnbounded<Activity>();
    private readonly List<Activity> seen = [];

    public override void OnEnd(Activity data) => ended.Writer.TryWrite(data);

    /// <summary>The spans of a job's trace, once the request's and the attempt's have ended: all others end before these two.</summary>
    public async Task<IReadOnlyList<Activity>> TraceOfAsync(string jobId, CancellationToken cancellationToken)
    {
        await UntilAsync(span => IsRequest(span, jobId), cancellationToken);
        await UntilAsync(span => span.OperationName == ChatTelemetry.RunSpan && JobOf(span) == jobId, cancellationToken);
        var request = seen.First(span => IsRequest(span, jobId));
        return [.. seen.Where(span => span.TraceId == request.TraceId && span.SpanId != request.ParentSpanId)];
    }

    /// <summary>A span, as soon as it has ended.</summary>
    public async Task<Activity> UntilAsync(Func<Activity, bool> wanted, CancellationToken cancellationToken)
    {
        while (seen.FirstOrDefault(wanted) is not { } found)
        {
            seen.Add(await ended.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Limit, TimeProvider.System, cancellationToken));
        }

        while (ended.Reader.TryRead(out var more))
        {
            seen.Add(more);
        }

        return seen.First(wanted);
    }

    private static bool IsRequest(Activity span, string jobId) =>
        span.Kind == ActivityKind.Server && span.DisplayName.StartsWith("POST", StringComparison.Ordinal) && JobOf(span) == jobId;

    private static string? JobOf(Activity span) => span.GetTagItem(ChatTelemetry.JobIdAttribute) as string;
}
