using System.Diagnostics;
using AgnoAspire.ChatJobs.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>What telemetry has to know of a request that brings an answer: which job it is for, and that its duration is the answer's.</summary>
internal static class RequestTelemetry
{
    private const string Answer = "answer";

    /// <summary>Says it, on the request's span and on its duration.</summary>
    /// <param name="context">The request.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="traceParent">The trace of the request that admitted the job, where that was another one: the two are linked.</param>
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
