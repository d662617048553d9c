using AgnoAspire.ChatJobs.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace AgnoAspire.ApiService.Http;

/// <summary>Describes a request that opens or resumes a stream on its span and its duration metric.</summary>
internal static class RequestTelemetry
{
    private const string Answer = "answer";

    /// <summary>Adds the job id; a trace parent, if another request created the job, is linked.</summary>
    public static void Describe(HttpContext context, string jobId, string? traceParent = null)
    {
        context.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new(ChatTelemetry.DurationAttribute, Answer));
        var span = context.Features.Get<IHttpActivityFeature>()?.Activity;
        span?.SetTag(ChatTelemetry.JobIdAttribute, jobId);
        if (ActivityContext.TryParse(traceParent, null, isRemote: true, out var admission))
        {
            span?.AddLink(new ActivityLink(admission));
        }
    }
}
