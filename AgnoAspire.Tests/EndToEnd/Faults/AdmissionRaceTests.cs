using System.Net;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.EndToEnd.OpenAIApi;
using AgnoAspire.Tests.Infrastructure;
using StackExchange.Redis;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>One idempotency key posted to two API processes at once. The environment variable AGNO_TEST_PAIRS sets the number of pairs.</summary>
public sealed class AdmissionRaceTests
{
    private const int AtOnce = 16;
    private const int RequestLimit = 40;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly int Pairs = int.Parse(Environment.GetEnvironmentVariable("AGNO_TEST_PAIRS") ?? "150", CultureInfo.InvariantCulture);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pairs_over_a_full_queue_lose_no_accepted_stream_and_leave_no_key()
    {
        await using var cluster = await StartAsync(settings =>
        {
            settings["ChatJobs__MaxQueued"] = "4";
            settings["Worker__MaxConcurrentJobs"] = "2";
            settings["ChatJobs__StreamRetention"] = "00:00:05";
            settings["ChatJobs__ExpiredJobRetention"] = "00:00:01";
        });

        var posts = await PostPairsAsync(cluster);

        Assert.DoesNotContain(posts, post => post.Outcome is not ("length" or "queue_full"));
        Assert.Contains(posts, post => post.Outcome == "length");
        Assert.Contains(posts, post => post.Outcome == "queue_full");
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.ConnectionString);
        var server = redis.GetServers()[0];
        var started = TimeProvider.System.GetTimestamp();
        string[] left;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancel);
            left = await server.KeysAsync(pattern: $"{cluster.KeyPrefix}:v1:{{job:*").Select(key => key.ToString()).ToArrayAsync(Cancel);
        }
        while (left.Length > 0 && TimeProvider.System.GetElapsedTime(started) < Limit);
        Assert.Empty(left);
    }

    [Fact]
    public async Task Pairs_over_a_rate_limit_run_as_many_chats_as_the_limit_allows()
    {
        await using var cluster = await StartAsync(settings => settings["ChatApi__RateLimits__RequestsPerMinute"] = $"{RequestLimit}");

        var posts = await PostPairsAsync(cluster);

        Assert.DoesNotContain(posts, post => post.Outcome is not ("length" or "rate_limit_exceeded"));
        Assert.InRange(posts.Where(post => post.Outcome == "length").Select(post => post.Key).Distinct().Count(), 1, RequestLimit);
    }

    [Fact]
    public async Task Key_of_a_finished_chat_returns_its_answer_whatever_queue_and_workers_say()
    {
        await using var cluster = await StartAsync(settings => settings["ChatJobs__MaxQueued"] = "1");
        Assert.Equal("length", await PostAsync(cluster.Apis[0].Client, "finished", Cancel));
        await cluster.Workers[0].StopAsync();
        using var waiting = await cluster.Apis[0].Client.PostAsync(ChatClient.Body("demo", stream: true), Cancel);
        Assert.Equal("queue_full", await PostAsync(cluster.Apis[0].Client, "another", Cancel));

        Assert.Equal("length", await PostAsync(cluster.Apis[0].Client, "finished", Cancel));

        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.ConnectionString);
        await redis.GetDatabase().KeyDeleteAsync($"{cluster.KeyPrefix}:v1:{{queue}}:models");
        var fresh = await cluster.AddApiAsync();
        Assert.Equal("no_worker", await PostAsync(fresh.Client, "another", Cancel));
        Assert.Equal("length", await PostAsync(fresh.Client, "finished", Cancel));
    }

    [Fact]
    public async Task Last_event_id_beyond_the_end_of_a_live_log_is_refused()
    {
        await using var cluster = await StartAsync(settings => settings["Models__fake__IdleTimeout"] = "00:01:00");
        using var gate = new SemaphoreSlim(1);
        cluster.Provider.Default = FakeAnswers.Gated(gate, "one ", "two");
        var api = cluster.Apis[0].Client;
        using var response = await api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        using (var watching = await api.ResumeAsync(response.StreamId(), null, Cancel))
        {
            await watching.EventsAsync(Cancel, count: 1);
        }

        using var beyond = await api.ResumeAsync(response.StreamId(), 2, Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/chat/completions/{response.StreamId()}/stream");
        request.Headers.Add("Last-Event-ID", "1000000");
        using var openAI = await api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var atEnd = await api.ResumeAsync(response.StreamId(), 1, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, beyond.StatusCode);
        Assert.Equal("invalid_last_event_id", (await beyond.JsonAsync(Cancel)).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, openAI.StatusCode);
        Assert.Equal("invalid_last_event_id", (await openAI.ErrorAsync(Cancel)).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.OK, atEnd.StatusCode);
        gate.Release();
        Assert.Equal("two", (await atEnd.EventsAsync(Cancel)).Text());
    }

    private static Task<Cluster> StartAsync(Action<Dictionary<string, string>> configure) => Cluster.StartAsync(apis: 2, workers: 1, configure: settings =>
    {
        settings["Providers__demo__TokenDelay"] = "00:00:00";
        settings["Logging__LogLevel__Default"] = "Warning";
        configure(settings);
    });

    private static async Task<IReadOnlyCollection<(string Key, string Outcome)>> PostPairsAsync(Cluster cluster)
    {
        var posts = new ConcurrentBag<(string, string)>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Pairs), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancel }, async (i, cancel) =>
        {
            foreach (var outcome in await Task.WhenAll(cluster.Apis.Select(api => PostAsync(api.Client, $"key-{i}", cancel))))
            {
                posts.Add(($"key-{i}", outcome));
            }
        });
        return posts;
    }

    // The finish reason of a whole stream, the code of its error, or the code of the refusal.
    private static async Task<string> PostAsync(HttpClient api, string key, CancellationToken cancellationToken)
    {
        using var response = await api.PostAsync(
            ChatClient.Body("demo", stream: true, maxTokens: 2), cancellationToken, request => request.Headers.Add("Idempotency-Key", key));
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return (await response.JsonAsync(cancellationToken)).GetProperty("code").GetString()!;
        }

        var events = await response.EventsAsync(cancellationToken);
        var last = events.LastOrDefault()?.Chunk;
        return last?.Error?.Code ?? (last?.FinishReason == FinishReason.Length ? events.AssertWhole().FinishReason! : "no terminal chunk");
    }
}
