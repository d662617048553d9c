using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>An API and a worker with answers long enough to be cut, and with early failures.</summary>
public sealed class ResumeFixture : IAsyncLifetime
{
    /// <summary>The npm packages that speak the OpenAI API.</summary>
    public static readonly string[] Sdks = ["openai", "@openai/agents", "@ai-sdk/openai-compatible", "@langchain/openai"];

    public static readonly int[] Refusals = [400, 401, 429];

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(15);

    private static readonly string[] Words = [.. Enumerable.Range(1, 80).Select(number => $"word{number} ")];

    private Cluster? cluster;
    private Task<JsonElement>? sdks;
    private Task<JsonElement>? events;

    public Cluster Cluster => cluster!;

    /// <summary>Gets the answer of the model fake-story.</summary>
    public static string Story { get; } = string.Concat(Words);

    /// <summary>Gets the answer of the model fake-short.</summary>
    public static string ShortAnswer { get; } = string.Concat(Words[..5]);

    /// <summary>What the SDKs did; they run once.</summary>
    public Task<JsonElement> SdksAsync(CancellationToken cancellationToken) =>
        sdks ??= NodeClients.RunAsync("resume-sdks.mjs", Cluster.Apis[0].Address, ApiFixture.Alice, cancellationToken);

    /// <summary>What the SSE clients did; they run once.</summary>
    public Task<JsonElement> EventsAsync(CancellationToken cancellationToken) =>
        events ??= NodeClients.RunAsync("resume-events.mjs", Cluster.Apis[0].Address, ApiFixture.Alice, cancellationToken);

    public async ValueTask InitializeAsync()
    {
        string[] failing = [.. Refusals.Select(status => $"fake-{status}")];
        string[] flaky = [.. Sdks.Select(name => $"fake-flaky-{name}")];
        cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            ApiFixture.Key(settings, 0, "alice", ApiFixture.Alice);
            foreach (var model in (string[])["fake-story", "fake-short", .. failing, .. flaky])
            {
                settings[$"Models__{model}__Provider"] = "fake";
                settings[$"Models__{model}__Retries"] = "0";
            }
        });
        cluster.Provider.For("fake-story", exchange => PacedAsync(exchange, Words)).For("fake-short", exchange => PacedAsync(exchange, Words[..5]));
        foreach (var status in Refusals)
        {
            cluster.Provider.For($"fake-{status}", Refuse(status));
        }

        foreach (var model in flaky)
        {
            var calls = 0;
            cluster.Provider.For(model, exchange => (Interlocked.Increment(ref calls) == 1 ? Refuse(429) : FakeAnswers.Text("second"))(exchange));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null)
        {
            await cluster.DisposeAsync();
        }
    }

    private static FakeAnswer Refuse(int status) => FakeAnswers.Status(status, """{"error":{"message":"refused early"}}""");

    private static async Task PacedAsync(FakeExchange exchange, string[] words)
    {
        foreach (var word in words)
        {
            await exchange.SendChunkAsync(word);
            await Task.Delay(Pace, TimeProvider.System, exchange.HungUp);
        }

        await exchange.SendEndAsync(7, words.Length);
    }
}
