using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Integration.Telemetry;

/// <summary>What one chat looks like as a trace.</summary>
public sealed class TraceTests(EmbeddedFixture server) : IClassFixture<EmbeddedFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_is_one_trace_without_spans_for_chunks()
    {
        await using var host = await TelemetryHost.StartAsync(server);

        var (jobId, chunkCount) = await host.ChatAsync(Cancel);
        var trace = await host.Spans.TraceOfAsync(jobId, Cancel);

        Assert.True(chunkCount > 1, "The answer was to come in chunks.");
        var request = Single(trace, "POST /api/v1/chat");
        var enqueue = Single(trace, ChatTelemetry.EnqueueSpan);
        var wait = Single(trace, ChatTelemetry.WaitSpan);
        var run = Single(trace, ChatTelemetry.RunSpan);
        var inference = Single(trace, $"chat {host.Model}");
        var http = Assert.Single(trace, span => span.Source.Name == "System.Net.Http");

        Assert.Equal(request.SpanId, enqueue.ParentSpanId);
        Assert.Equal(enqueue.SpanId, wait.ParentSpanId);
        Assert.Equal(enqueue.SpanId, run.ParentSpanId);
        Assert.Equal(run.SpanId, inference.ParentSpanId);
        Assert.Equal(inference.SpanId, http.ParentSpanId);
        Assert.Equal(
            [ActivityKind.Server, ActivityKind.Producer, ActivityKind.Internal, ActivityKind.Consumer, ActivityKind.Client, ActivityKind.Client],
            new[] { request, enqueue, wait, run, inference, http }.Select(span => span.Kind));

        // The scripted provider is a web application in this process: its request ends the trace.
        Assert.Equal(http.SpanId, Assert.Single(trace.Except([request, enqueue, wait, run, inference, http])).ParentSpanId);
    }

    [Fact]
    public async Task First_chunk_is_an_event_of_request_and_attempt()
    {
        await using var host = await TelemetryHost.StartAsync(server);

        var (jobId, _) = await host.ChatAsync(Cancel);
        var trace = await host.Spans.TraceOfAsync(jobId, Cancel);

        var inLog = Assert.Single(Single(trace, ChatTelemetry.RunSpan).Events, @event => @event.Name == ChatTelemetry.FirstChunkEvent);
        var atViewer = Assert.Single(Single(trace, "POST /api/v1/chat").Events, @event => @event.Name == ChatTelemetry.FirstChunkEvent);
        Assert.True(inLog.Timestamp > default(DateTimeOffset) && atViewer.Timestamp > default(DateTimeOffset));
    }

    [Fact]
    public async Task Inference_span_follows_the_GenAI_conventions()
    {
        await using var host = await TelemetryHost.StartAsync(server);

        var (jobId, chunkCount) = await host.ChatAsync(Cancel);
        var trace = await host.Spans.TraceOfAsync(jobId, Cancel);

        var inference = Single(trace, $"chat {host.Model}");
        Assert.Equal("chat", inference.GetTagItem("gen_ai.operation.name"));
        Assert.Equal(host.Model, inference.GetTagItem("gen_ai.request.model"));
        Assert.Equal("openai", inference.GetTagItem("gen_ai.provider.name"));
        var run = Single(trace, ChatTelemetry.RunSpan);
        Assert.Equal("stop", run.GetTagItem(ChatTelemetry.OutcomeAttribute));
        Assert.Equal(1, run.GetTagItem(ChatTelemetry.AttemptAttribute));
        Assert.Equal((long)chunkCount, run.GetTagItem(ChatTelemetry.ChunkCountAttribute));
        Assert.NotEqual(ActivityStatusCode.Error, run.Status);
    }

    [Fact]
    public async Task Resumed_stream_links_to_the_trace_of_its_job()
    {
        await using var host = await TelemetryHost.StartAsync(server);
        var (jobId, _) = await host.ChatAsync(Cancel);
        var enqueue = Single(await host.Spans.TraceOfAsync(jobId, Cancel), ChatTelemetry.EnqueueSpan);

        await host.Client.GetStringAsync(new Uri($"/api/v1/chat/{jobId}/stream", UriKind.Relative), Cancel);
        var again = await host.Spans.UntilAsync(
            span => span.Kind == ActivityKind.Server && span.DisplayName == "GET /api/v1/chat/{id}/stream"
                && Equals(span.GetTagItem(ChatTelemetry.JobIdAttribute), jobId),
            Cancel);

        Assert.Equal(enqueue.Context.SpanId, Assert.Single(again.Links).Context.SpanId);
        Assert.Equal(enqueue.TraceId, again.Links.Single().Context.TraceId);
    }

    [Fact]
    public async Task Contents_are_in_no_span_or_log()
    {
        await using var host = await TelemetryHost.StartAsync(server, ("Logging:LogLevel:AgnoAspire", "Trace"));

        var (jobId, _) = await host.ChatAsync(Cancel);
        var trace = await host.Spans.TraceOfAsync(jobId, Cancel);

        Assert.DoesNotContain(trace, TellsContent);
        Assert.DoesNotContain(host.Logs.Records, record => IsContent(record.Text));
        var traceId = trace[0].TraceId.ToHexString();
        Assert.Contains(host.Logs.Records, record => record.TraceId == traceId && record.Text.Contains($"Job {jobId} finished", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Contents_are_in_the_inference_span_if_enabled()
    {
        await using var host = await TelemetryHost.StartAsync(server, ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"));

        var (jobId, _) = await host.ChatAsync(Cancel);
        var trace = await host.Spans.TraceOfAsync(jobId, Cancel);

        Assert.Equal($"chat {host.Model}", Assert.Single(trace, TellsContent).DisplayName);
        Assert.DoesNotContain(host.Logs.Records, record => IsContent(record.Text));
    }

    private static Activity Single(IEnumerable<Activity> trace, string name) => Assert.Single(trace, span => span.DisplayName == name);

    private static bool TellsContent(Activity span) =>
        span.TagObjects.Concat(span.Events.SelectMany(@event => @event.Tags)).Any(tag => IsContent($"{tag.Value}"))
        || IsContent(span.DisplayName)
        || IsContent(span.StatusDescription);

    private static bool IsContent(string? text) =>
        text is not null
        && (text.Contains(TelemetryHost.Prompt, StringComparison.Ordinal) || text.Contains(ScriptedProvider.Answer, StringComparison.Ordinal));
}
