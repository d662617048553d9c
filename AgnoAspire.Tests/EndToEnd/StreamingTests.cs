using System.Net;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.Tests.Infrastructure;
using StackExchange.Redis;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>Streams across real processes: one Redis, two API services, two workers.</summary>
public sealed class StreamingTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private readonly Cluster cluster = fixture.Cluster;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient One => cluster.Apis[0].Client;

    private HttpClient Two => cluster.Apis[1].Client;

    [Fact]
    public async Task Contract_request_streams_a_story()
    {
        using var response = await One.PostAsync(ChatClient.Body("gpt-3.5-turbo", stream: true), Cancel);
        var events = await response.EventsAsync(Cancel);
        var terminal = events.AssertWhole();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("no-transform", response.Headers.CacheControl!.ToString());
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.Equal($"chat/{response.StreamId()}", response.Headers.Location!.ToString());
        Assert.Contains("Max", events.Text());
        Assert.InRange(events.Count, 100, 800);
        Assert.All(events, item => Assert.Equal("gpt-3.5-turbo", item.Chunk.Model));
        Assert.Equal(FinishReason.Stop, terminal.FinishReason);
        Assert.Equal(terminal.Usage!.PromptTokens + terminal.Usage.CompletionTokens, terminal.Usage.TotalTokens);
    }

    [Fact]
    public async Task Response_without_streaming_equals_the_stream()
    {
        using var streamed = await One.PostAsync(ChatClient.Body("demo", stream: true), Cancel);
        using var whole = await Two.PostAsync(ChatClient.Body("demo", stream: false), Cancel);
        var text = (await streamed.EventsAsync(Cancel)).Text();
        var answer = await whole.JsonAsync(Cancel);

        Assert.Equal(text, answer.GetProperty("content").GetString());
        Assert.Equal(text, answer.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("assistant", answer.GetProperty("message").GetProperty("role").GetString());
        Assert.True(answer.GetProperty("done").GetBoolean());
        Assert.Equal("demo", answer.GetProperty("model").GetString());
        Assert.Equal("stop", answer.GetProperty("finish_reason").GetString());
        Assert.True(answer.GetProperty("usage").GetProperty("total_tokens").GetInt32() > 0);
    }

    [Fact]
    public async Task Resume_after_cut_returns_missing_chunks()
    {
        using var first = await One.PostAsync(ChatClient.Body("demo", stream: true, maxTokens: 60), Cancel);
        var seen = await first.EventsAsync(Cancel, count: 7);
        first.Dispose();
        using var second = await Two.ResumeAsync(first.StreamId(), seen[^1].Sequence, Cancel);
        var all = seen.Concat(await second.EventsAsync(Cancel)).ToArray();

        all.AssertWhole();
        using var again = await One.ResumeAsync(first.StreamId(), null, Cancel);
        Assert.Equal((await again.EventsAsync(Cancel)).Text(), all.Text());
    }

    [Fact]
    public async Task Resume_of_delivered_stream_is_204_and_of_unknown_one_404()
    {
        using var response = await One.PostAsync(ChatClient.Body("demo", stream: true, maxTokens: 3), Cancel);
        var events = await response.EventsAsync(Cancel);
        using var done = await Two.ResumeAsync(response.StreamId(), events[^1].Sequence, Cancel);
        using var unknown = await Two.ResumeAsync(JobId.New(), null, Cancel);
        using var odd = await Two.GetAsync($"{ChatClient.Path}/..%2f..%2fetc/stream", Cancel);
        using var mad = await Two.GetAsync($"{ChatClient.Path}/{new string('x', 4000)}/stream", Cancel);

        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
        Assert.All(new[] { unknown, odd, mad }, answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
    }

    [Fact]
    public async Task Viewers_of_one_replica_share_a_subscription()
    {
        using var posted = await One.PostAsync(ChatClient.Body("demo", stream: true), Cancel);
        var id = posted.StreamId();
        var viewers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? One : Two).ResumeAsync(id, null, Cancel)));
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.ConnectionString);
        var channel = $"{cluster.KeyPrefix}:v1:{{job:{id}}}:live";
        var subscribers = (RedisResult[])(await redis.GetDatabase().ExecuteAsync("PUBSUB", "NUMSUB", channel))!;
        var bodies = await Task.WhenAll(viewers.Select(viewer => viewer.Content.ReadAsStringAsync(Cancel)));

        Assert.Equal(2, (int)subscribers[1]);
        Assert.Single(bodies.Distinct());
        Assert.Equal(bodies[0], await posted.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Status_of_a_job_has_its_text_so_far()
    {
        using var gate = new SemaphoreSlim(0);
        cluster.Provider.Then(FakeAnswers.Gated(gate, "one ", "two"));
        using var response = await One.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        gate.Release();
        await response.EventsAsync(Cancel, count: 1);
        var running = await (await Two.GetAsync($"{ChatClient.Path}/{response.StreamId()}", Cancel)).JsonAsync(Cancel);
        gate.Release();
        using var rest = await Two.ResumeAsync(response.StreamId(), 1, Cancel);
        await rest.EventsAsync(Cancel);
        var completed = await (await One.GetAsync($"{ChatClient.Path}/{response.StreamId()}", Cancel)).JsonAsync(Cancel);
        using var demo = await One.PostAsync(ChatClient.Body("demo", stream: false, maxTokens: 1), Cancel);
        var script = await (await One.GetAsync(demo.Job(), Cancel)).JsonAsync(Cancel);

        Assert.Equal(("running", "one ", 1), (running.GetProperty("status").GetString(), running.GetProperty("content").GetString(), running.GetProperty("last_event_id").GetInt32()));
        Assert.Equal(("completed", "one two"), (completed.GetProperty("status").GetString(), completed.GetProperty("content").GetString()));
        Assert.Contains("script", script.GetProperty("provider").GetString());
    }

    [Fact]
    public async Task Same_idempotency_key_attaches_to_the_first_job()
    {
        var key = JobId.New();
        var before = cluster.Provider.Exchanges.Count;
        var posts = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? One : Two)
            .PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel, request => request.Headers.Add("Idempotency-Key", key))));
        var texts = await Task.WhenAll(posts.Select(async post => (await post.EventsAsync(Cancel)).Text()));
        using var misused = await One.PostAsync(
            ChatClient.Body(Cluster.FakeModel, stream: true, prompt: "other"), Cancel, request => request.Headers.Add("Idempotency-Key", key));

        Assert.Single(posts.Select(post => post.StreamId()).Distinct());
        Assert.All(texts, text => Assert.Equal("Hello there.", text));
        Assert.Equal(before + 1, cluster.Provider.Exchanges.Count);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, misused.StatusCode);
    }
}
