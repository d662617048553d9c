using System.Security.Cryptography;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>Two API services and two workers as processes, with keys for several callers and a fake provider that does what its models are named for.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    public const string Alice = "sk-alice-0123456789";
    public const string Bob = "sk-bob-0123456789";
    public const string Sixty = "sk-sixty-0123456789";
    public const string Frugal = "sk-frugal-0123456789";
    public const int FrugalTokens = 5000;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    private Cluster? cluster;

    public Cluster Cluster => cluster!;

    public HttpClient One => Cluster.Apis[0].Client;

    public HttpClient Two => Cluster.Apis[1].Client;

    public async ValueTask InitializeAsync()
    {
        cluster = await Cluster.StartAsync(configure: settings =>
        {
            settings["ChatJobs__DisconnectGracePeriod"] = "00:00:01";
            Key(settings, 0, "alice", Alice);
            Key(settings, 1, "bob", Bob);
            settings["ChatApi__Operators__0"] = "alice";
            Key(settings, 2, "sixty", Sixty);
            settings["ChatApi__ApiKeys__2__RequestsPerMinute"] = "60";
            Key(settings, 3, "frugal", Frugal);
            settings["ChatApi__ApiKeys__3__TokensPerMinute"] = $"{FrugalTokens}";
            foreach (var model in (string[])["fake-text", "fake-error", "fake-tools", "fake-slow", "fake-down", "fake-early", "fake-late", "fake/slash"])
            {
                settings[$"Models__{model}__Provider"] = "fake";
                settings[$"Models__{model}__Retries"] = "0";
            }
        });
        cluster.Provider
            .For("fake-text", FakeAnswers.Text("Hello", " \"world\"\n", "😀!"))
            .For("fake/slash", FakeAnswers.Text("Hello"))
            .For("fake-error", FakeAnswers.After(FakeAnswers.Raw("data: {\"error\":{\"message\":\"boom\",\"code\":\"server_error\"}}\n\n"), "Once "))
            .For("fake-down", FakeAnswers.Status(500, "{}"))
            .For("fake-slow", SlowAsync)
            .For("fake-tools", ToolsAsync);
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null)
        {
            await cluster.DisposeAsync();
        }
    }

    public static void Key(Dictionary<string, string> settings, int index, string name, string key)
    {
        settings[$"ChatApi__ApiKeys__{index}__Name"] = name;
        settings[$"ChatApi__ApiKeys__{index}__Sha256"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }

    private static async Task SlowAsync(FakeExchange exchange)
    {
        while (!exchange.HungUp.IsCancellationRequested)
        {
            await exchange.SendChunkAsync("word ");
            await Task.Delay(Pace, TimeProvider.System, exchange.HungUp);
        }
    }

    // Asks for the weather in pieces, as providers do; once it was told, it says so.
    private static async Task ToolsAsync(FakeExchange exchange)
    {
        if (exchange.Body.Contains("\"role\":\"tool\"", StringComparison.Ordinal))
        {
            await FakeAnswers.Text("It is ", "sunny.")(exchange);
            return;
        }

        await SendCallAsync(exchange, new { index = 0, id = "call_1", type = "function", function = new { name = "weather", arguments = "" } });
        await SendCallAsync(exchange, new { index = 0, function = new { arguments = "{\"city\":" } });
        await SendCallAsync(exchange, new { index = 0, function = new { arguments = "\"Paris\"}" } });
        await exchange.SendEndAsync(11, 5, "tool_calls");
    }

    private static Task SendCallAsync(FakeExchange exchange, object call) => exchange.SendEventAsync(new
    {
        id = "chatcmpl-fake",
        @object = "chat.completion.chunk",
        created = 1700000000,
        model = exchange.Model,
        choices = new object[] { new { index = 0, delta = new { tool_calls = new[] { call } }, finish_reason = (string?)null } },
    });
}

/// <summary>The classes that share these processes, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class ApiCollection : ICollectionFixture<ApiFixture>
{
    public const string Name = "API";
}
