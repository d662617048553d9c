using System.Net.Http.Json;
using System.Text.Json;

namespace AgnoAspire.Tests.Integration.Telemetry;

/// <summary>dev.sh as a whole, and the real Aspire dashboard: a chat through two processes is one trace there.</summary>
public sealed class DashboardTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_dashboard_shows_a_chat_as_one_trace_across_the_services()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "dev.sh brings the dashboard by itself on Linux only.");
        var (hasDashboard, why) = await DevScript.FindDashboardAsync(Cancel);
        Assert.SkipUnless(hasDashboard, $"The Aspire dashboard could not be had from npm: {why}");
        await using var provider = await ScriptedProvider.StartAsync();
        await using var dev = await DevScript.StartAsync(provider.Endpoint, Cancel);

        // This process may be traced by other tests; the request is to begin a trace.
        using var connections = new SocketsHttpHandler { ActivityHeadersPropagator = null };
        using var client = new HttpClient(connections);

        var body = new { model = DevScript.Model, stream = true, messages = new[] { new { role = "user", content = "Tell me a story" } } };
        using var response = await client.PostAsJsonAsync(new Uri(dev.Api, "/api/v1/chat"), body, Cancel);
        var answer = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancel);
        Assert.Contains("\"finish_reason\":\"stop\"", answer, StringComparison.Ordinal);

        // Six spans of the chat and no other trace: neither the probes, nor the workers that wait, nor the chunks have any.
        var spans = await SpansAsync(client, dev, atLeast: 6);
        Assert.Equal(6, spans.Count);
        Assert.Single(spans.Select(span => span.TraceId).Distinct());
        var request = Find(spans, "POST /api/v1/chat", "api");
        var enqueue = Find(spans, "enqueue chat_jobs", "api");
        var wait = Find(spans, "wait in chat_jobs", "worker");
        var run = Find(spans, "run chat_jobs", "worker");
        var inference = Find(spans, $"chat {DevScript.Model}", "worker");
        var http = Find(spans, "POST", "worker");
        Assert.Equal("", request.ParentId);
        Assert.Equal(
            [request.Id, enqueue.Id, enqueue.Id, run.Id, inference.Id],
            new[] { enqueue, wait, run, inference, http }.Select(span => span.ParentId));

        // The workers export their logs apart from their spans.
        var logs = await UntilAsync(
            () => client.GetStringAsync(new Uri(dev.Dashboard, $"/api/telemetry/logs?traceId={request.TraceId}"), Cancel),
            logs => logs.Contains("finished: stop", StringComparison.Ordinal));
        Assert.DoesNotContain(ScriptedProvider.Answer, logs, StringComparison.Ordinal);
        var resources = await client.GetFromJsonAsync<JsonElement>(new Uri(dev.Dashboard, "/api/telemetry/resources"), Cancel);
        Assert.Equal(
            ["api-1", "api-2", "worker-1", "worker-2"],
            resources.EnumerateArray().Select(resource => resource.GetProperty("displayName").GetString()!).Order(StringComparer.Ordinal));
    }

    private static ShownSpan Find(IEnumerable<ShownSpan> spans, string name, string service) =>
        Assert.Single(spans, span => span.Name == name && span.Service == service);

    private static async Task<IReadOnlyList<ShownSpan>> SpansAsync(HttpClient client, DevScript dev, int atLeast) => await UntilAsync(
        async () => Read((await client.GetFromJsonAsync<JsonElement>(new Uri(dev.Dashboard, "/api/telemetry/traces"), Cancel)).GetProperty("data")).ToArray(),
        spans => spans.Length >= atLeast);

    // Exporters send what they have every second.
    private static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> accept)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        limit.CancelAfter(Patience);
        while (true)
        {
            var answer = await ask();
            if (accept(answer))
            {
                return answer;
            }

            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private static IEnumerable<ShownSpan> Read(JsonElement data) =>
        from resource in Items(data, "resourceSpans")
        let service = Items(resource.GetProperty("resource"), "attributes")
            .First(attribute => attribute.GetProperty("key").GetString() == "service.name").GetProperty("value").GetProperty("stringValue").GetString()!
        from scope in Items(resource, "scopeSpans")
        from span in Items(scope, "spans")
        select new ShownSpan(service, Text(span, "name"), Text(span, "traceId"), Text(span, "spanId"), Text(span, "parentSpanId"));

    private static JsonElement.ArrayEnumerator Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : default;

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";

    private sealed record ShownSpan(string Service, string Name, string TraceId, string Id, string ParentId);
}
