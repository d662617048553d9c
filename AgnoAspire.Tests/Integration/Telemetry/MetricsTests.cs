using System.Diagnostics.Metrics;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Integration.Telemetry;

/// <summary>What the instruments say.</summary>
public sealed class MetricsTests(EmbeddedFixture server) : IClassFixture<EmbeddedFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_is_measured_from_admission_to_viewer()
    {
        await using var host = await TelemetryHost.StartAsync(server);
        using var measured = new Measurements(host.Meters);

        var (_, chunkCount) = await host.ChatAsync(Cancel);
        var run = await measured.UntilAsync("agno.job.run.duration", Cancel);
        var viewed = await measured.UntilAsync("agno.viewer.duration", Cancel);

        Assert.Equal("accepted", Assert.Single(measured.Of("agno.queue.admissions"))[ChatTelemetry.AdmissionAttribute]);
        Assert.Equal(host.Model, Assert.Single(measured.Of("agno.queue.wait"))["gen_ai.request.model"]);
        Assert.Equal("stop", Assert.Single(measured.Of("agno.jobs.ended"))[ChatTelemetry.OutcomeAttribute]);
        Assert.Equal(("s", "stop"), (run.Unit, run[ChatTelemetry.OutcomeAttribute]));
        Assert.Equal("ended", viewed[ChatTelemetry.ViewerAttribute]);
        Assert.Equal(chunkCount, measured.Of("agno.log.chunks").Sum(one => one.Value));
        Assert.Equal(chunkCount, measured.Of("agno.log.append.duration").Count);
        Assert.Single(measured.Of("agno.job.time_to_first_chunk"));
        Assert.Single(measured.Of("agno.viewer.time_to_first_chunk"));
        Assert.Empty(measured.Of("agno.log.appends.refused"));
    }

    [Fact]
    public async Task Inference_metrics_follow_the_GenAI_conventions()
    {
        await using var host = await TelemetryHost.StartAsync(server);
        using var measured = new Measurements(host.Meters, ChatTelemetry.Inference);

        await host.ChatAsync(Cancel);

        var duration = await measured.UntilAsync("gen_ai.client.operation.duration", Cancel, one => Equals(one["gen_ai.request.model"], host.Model));
        Assert.Equal("chat", duration["gen_ai.operation.name"]);
        Assert.Equal("s", duration.Unit);
    }

    [Fact]
    public async Task Request_duration_is_tagged_for_streams_and_absent_for_probes()
    {
        await using var host = await TelemetryHost.StartAsync(server);
        using var measured = new Measurements(host.Meters);

        await host.Client.GetStringAsync(new Uri("/alive", UriKind.Relative), Cancel);
        await host.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancel);
        await host.ChatAsync(Cancel);

        var chat = await measured.UntilAsync("http.server.request.duration", Cancel, one => Equals(one["http.route"], "/api/v1/chat"));
        var other = await measured.UntilAsync("http.server.request.duration", Cancel, one => Equals(one["http.route"], "/openapi/{documentName}.json"));
        Assert.Equal("answer", chat[ChatTelemetry.DurationAttribute]);
        Assert.Null(other[ChatTelemetry.DurationAttribute]);
        Assert.DoesNotContain(measured.Of("http.server.request.duration"), one => Equals(one["http.route"], "/alive"));
    }

    [Fact]
    public async Task Gauges_report_waiting_and_running_jobs()
    {
        await using var host = await ChatJobsHost.StartAsync(server.ConnectionString, ChatJobsHost.NewPrefix());
        using var measured = new Measurements(host.Get<IMeterFactory>());
        await host.EnqueueAsync();
        await host.EnqueueAsync();
        await host.Queue.ClaimAsync();

        // Started when something listens, the gauges read the queue at once.
        using var gauges = new QueueMetricsCollector(host.Get<QueueAdmin>(), host.Get<ChatJobsMetrics>(), TimeProvider.System);
        await gauges.StartAsync(Cancel);
        await gauges.Read;
        measured.Observe();

        Assert.Contains(measured.Of("agno.queue.depth"), one => one is { Value: 1, Unit: "{job}" });
        Assert.Contains(measured.Of("agno.queue.claimed"), one => one.Value == 1);
        Assert.Contains(measured.Of("agno.queue.paused"), one => one.Value == 0);
    }

    [Fact]
    public async Task Append_of_a_fenced_worker_is_counted()
    {
        await using var host = await ChatJobsHost.StartAsync(server.ConnectionString, ChatJobsHost.NewPrefix());
        using var measured = new Measurements(host.Get<IMeterFactory>());
        var id = await host.EnqueueAsync();
        var slow = await host.ClaimAndBeginAsync();
        await host.Jobs.StartAsync(slow.Claim with { FencingToken = slow.Claim.FencingToken + 1 }, "newer");

        await using var writer = host.Log.OpenWriter(slow, []);
        await writer.WriteAsync("too late", Cancel);
        await writer.FlushAsync();

        Assert.Equal(WriterStatus.Fenced, writer.Status);
        Assert.Equal("fenced", Assert.Single(measured.Of("agno.log.appends.refused"))[ChatTelemetry.RefusalAttribute]);
        Assert.Empty(await host.Log.ReadAllAsync(id));
    }
}
