using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>A worker dies or stops in mid-answer, seen by a viewer that stays attached.</summary>
public sealed class WorkerLossTests : IAsyncLifetime
{
    private static readonly string[] Words = [.. Enumerable.Range(0, 30).Select(i => $"word{i.ToString(CultureInfo.InvariantCulture)} ")];
    private Cluster cluster = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Api => cluster.Apis[0].Client;

    public async ValueTask InitializeAsync() => cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
    {
        settings["ChatJobs__LeaseDuration"] = "00:00:02";
        settings["ChatJobs__MaxAttempts"] = "2";
        settings["ChatJobs__MaxTakeovers"] = "0";
        settings["Models__fake__IdleTimeout"] = "00:01:00";
        settings["Models__replayed__Provider"] = "fake";
        settings["Models__replayed__Continuation"] = "Replay";
        settings["Models__continued__Provider"] = "fake";
        settings["Models__continued__Continuation"] = "Prefix";
    });

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Replay_after_worker_loss_repeats_no_chunk()
    {
        using var gate = new SemaphoreSlim(10);
        cluster.Provider.Then(FakeAnswers.Gated(gate, Words)).Then(FakeAnswers.Text(Words));
        using var response = await StartAsync("replayed", chunks: 10);

        await cluster.Workers[0].KillAsync();
        await cluster.AddWorkerAsync();
        var events = await response.EventsAsync(Cancel);

        var terminal = events.AssertWhole();
        Assert.Equal((FinishReason.Stop, "replay"), (terminal.FinishReason, terminal.Continuation));
        Assert.Equal(string.Concat(Words), events.Text());
        Assert.Equal(2, cluster.Provider.Exchanges.Count);
    }

    [Fact]
    public async Task Diverging_replay_ends_with_an_error_code()
    {
        using var gate = new SemaphoreSlim(3);
        cluster.Provider.Then(FakeAnswers.Gated(gate, Words)).Then(FakeAnswers.Text("something", " else"));
        using var response = await StartAsync("replayed", chunks: 3);

        await cluster.Workers[0].KillAsync();
        await cluster.AddWorkerAsync();
        var events = await response.EventsAsync(Cancel);

        Assert.Equal(ErrorCode.ReplayDiverged, events.AssertWhole().Error!.Code);
        Assert.Equal(string.Concat(Words[..3]), events.Text());
    }

    [Fact]
    public async Task Prefix_after_worker_loss_continues_the_text()
    {
        using var gate = new SemaphoreSlim(3);
        cluster.Provider.Then(FakeAnswers.Gated(gate, Words)).Then(FakeAnswers.Text(Words[3..]));
        using var response = await StartAsync("continued", chunks: 3);

        await cluster.Workers[0].KillAsync();
        await cluster.AddWorkerAsync();
        var events = await response.EventsAsync(Cancel);

        var terminal = events.AssertWhole();
        Assert.Equal((FinishReason.Stop, "prefix"), (terminal.FinishReason, terminal.Continuation));
        Assert.Equal(string.Concat(Words), events.Text());
        Assert.Contains("word0 word1 word2 ", cluster.Provider.Exchanges.Last().Body);
    }

    [Theory]
    [InlineData("continued", "prefix", 3)]
    [InlineData("replayed", "replay", 0)]
    public async Task Failing_provider_is_continued_like_a_lost_worker(string model, string continuation, int from)
    {
        cluster.Provider.Then(FakeAnswers.After(FakeAnswers.Close(), Words[..3])).Then(FakeAnswers.Text(Words[from..]));
        using var response = await Api.PostAsync(ChatClient.Body(model, stream: true), Cancel);
        var events = await response.EventsAsync(Cancel);

        var terminal = events.AssertWhole();
        Assert.Equal((FinishReason.Stop, continuation), (terminal.FinishReason, terminal.Continuation));
        Assert.Equal(string.Concat(Words), events.Text());
        Assert.Equal(2, cluster.Provider.Exchanges.Count);
    }

    [Fact]
    public async Task Reasoning_alone_starts_over_after_worker_loss_and_is_not_repeated()
    {
        cluster.Provider.Then(Reasons("I think", FakeAnswers.Stall())).Then(Reasons("I thought of it", FakeAnswers.After(exchange => exchange.SendEndAsync(7, 1), "Hello")));
        using var response = await StartAsync("fake", chunks: 0);

        await cluster.Workers[0].KillAsync();
        await cluster.AddWorkerAsync();
        var events = await response.EventsAsync(Cancel);

        var terminal = events.AssertWhole();
        Assert.Equal((FinishReason.Stop, null), (terminal.FinishReason, terminal.Continuation));
        Assert.Equal(("Hello", "I thinkht of it"), (events.Text(), string.Concat(events.Select(item => item.Chunk.Reasoning))));
    }

    [Fact]
    public async Task Fail_after_worker_loss_keeps_the_text_and_ends_with_an_error_code()
    {
        using var gate = new SemaphoreSlim(3);
        cluster.Provider.Then(FakeAnswers.Gated(gate, Words));
        using var response = await StartAsync(Cluster.FakeModel, chunks: 3);

        await cluster.Workers[0].KillAsync();
        await cluster.AddWorkerAsync();
        var events = await response.EventsAsync(Cancel);
        var job = await (await Api.GetAsync(response.Job(), Cancel)).JsonAsync(Cancel);

        var terminal = events.AssertWhole();
        Assert.Equal(ErrorCode.WorkerLost, terminal.Error!.Code);
        Assert.Equal((true, true), (terminal.Usage!.Estimated, terminal.Usage.CompletionTokens > 0));
        Assert.Equal(string.Concat(Words[..3]), events.Text());
        Assert.Equal(("failed", "fail", string.Concat(Words[..3])), (job.GetProperty("status").GetString(), job.GetProperty("continuation").GetString(), job.GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Worker_resumed_after_its_lease_cannot_append()
    {
        using var gate = new SemaphoreSlim(5);
        cluster.Provider.Then(FakeAnswers.Gated(gate, [.. Words[..5], "LATE ", "LATE "])).Then(FakeAnswers.Text(Words));
        using var response = await StartAsync("replayed", chunks: 5);

        var stopped = cluster.Workers[0];
        stopped.Suspend();
        gate.Release(2);
        await cluster.AddWorkerAsync();
        var events = await response.EventsAsync(Cancel);
        stopped.Resume();
        await stopped.WaitForOutputAsync("no longer held by this worker", Cancel);
        using var again = await Api.ResumeAsync(response.StreamId(), null, Cancel);

        events.AssertWhole();
        Assert.Equal(string.Concat(Words), events.Text());
        Assert.Equal(events.Select(item => item.Data), (await again.EventsAsync(Cancel)).Select(item => item.Data));
    }

    [Fact]
    public async Task Job_that_kills_workers_is_dead_lettered_and_can_be_redriven()
    {
        cluster.Provider.Then(FakeAnswers.Stall()).Then(FakeAnswers.Stall());
        using var response = await Api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            await cluster.Provider.NextAsync(Cancel);
            await cluster.Workers[attempt].KillAsync();
            await cluster.AddWorkerAsync();
        }

        var events = await response.EventsAsync(Cancel);
        var letters = await (await Api.GetAsync("/api/v1/dead-letters", Cancel)).JsonAsync(Cancel);
        using var requeued = await Api.PostAsync($"/api/v1/dead-letters/{response.StreamId()}/redrive", null, Cancel);
        using var rerun = await Api.GetAsync($"{requeued.Job()}/stream", HttpCompletionOption.ResponseHeadersRead, Cancel);

        Assert.Equal(ErrorCode.AttemptsExhausted, events.AssertWhole().Error!.Code);
        Assert.Equal(response.StreamId(), Assert.Single(letters.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal("Hello there.", (await rerun.EventsAsync(Cancel)).Text());
        Assert.Empty((await (await Api.GetAsync("/api/v1/dead-letters", Cancel)).JsonAsync(Cancel)).GetProperty("data").EnumerateArray());
    }

    // A stream of which another viewer has seen some chunks already.
    private async Task<HttpResponseMessage> StartAsync(string model, int chunks)
    {
        var response = await Api.PostAsync(ChatClient.Body(model, stream: true), Cancel);
        using var watching = await Api.ResumeAsync(response.StreamId(), null, Cancel);
        var text = "";
        using var reader = new SseReader(await watching.Content.ReadAsStreamAsync(Cancel));
        await foreach (var item in reader.ReadAsync(Cancel))
        {
            text += item.Chunk.Content;
            if (text == string.Concat(Words[..chunks]))
            {
                break;
            }
        }

        return response;
    }

    private static FakeAnswer Reasons(string reasoning, FakeAnswer then) => async exchange =>
    {
        await exchange.SendEventAsync(new { choices = new[] { new { index = 0, delta = new { reasoning_content = reasoning } } } });
        await then(exchange);
    };
}
