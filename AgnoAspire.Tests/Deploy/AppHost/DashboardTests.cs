using System.Net.Http.Json;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Tests.Integration.Telemetry;
using Aspire.Hosting.Testing;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>What the dashboard of the running application shows: a chat through two processes and Redis is one trace.</summary>
[Collection(nameof(RunningApplication))]
public sealed class DashboardTests(RunningApplication running)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_is_one_trace_from_the_request_to_the_provider()
    {
        using var dashboard = new HttpClient { BaseAddress = await running.App.GetDashboardUrlAsync(Cancel) };
        dashboard.DefaultRequestHeaders.Add("x-api-key", running.DashboardKey);

        // This process may be traced by other tests; the request must begin a trace.
        using var connections = new SocketsHttpHandler { ActivityHeadersPropagator = null };
        using var client = new HttpClient(connections) { BaseAddress = running.App.GetEndpoint("api", "http") };
        using var response = await client.PostAsync(ChatClient.Body(RunningApplication.ScriptedModel, stream: true), Cancel);
        (await response.EventsAsync(Cancel)).AssertWhole();

        // Neither probes, nor workers that wait, nor chunks have a span.
        var spans = await UntilAsync(() => SpansAsync(dashboard, response.StreamId()), found => found.Count >= 6);
        Assert.Equal(6, spans.Count);
        var request = Find(spans, "POST /api/v1/chat", "api");
        var enqueue = Find(spans, "enqueue chat_jobs", "api");
        var wait = Find(spans, "wait in chat_jobs", "worker");
        var run = Find(spans, "run chat_jobs", "worker");
        var inference = Find(spans, $"chat {RunningApplication.ScriptedModel}", "worker");
        var http = Find(spans, "POST", "worker");
        Assert.Equal("", request.ParentId);
        Assert.Equal(
            [request.Id, enqueue.Id, enqueue.Id, run.Id, inference.Id],
            new[] { enqueue, wait, run, inference, http }.Select(span => span.ParentId));

        // The workers export their logs apart from their spans. Prompts and answers are in neither.
        var logs = await UntilAsync(
            () => dashboard.GetStringAsync(new Uri($"/api/telemetry/logs?traceId={request.TraceId}", UriKind.Relative), Cancel),
            text => text.Contains("finished: stop", StringComparison.Ordinal));
        var traces = await dashboard.GetStringAsync(new Uri("/api/telemetry/traces", UriKind.Relative), Cancel);
        Assert.All([logs, traces], text => Assert.DoesNotContain(ScriptedProvider.Answer, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_replica_is_a_resource_of_its_own()
    {
        using var dashboard = new HttpClient { BaseAddress = await running.App.GetDashboardUrlAsync(Cancel) };
        dashboard.DefaultRequestHeaders.Add("x-api-key", running.DashboardKey);

        var names = await UntilAsync(
            async () => (await dashboard.GetFromJsonAsync<JsonElement>(new Uri("/api/telemetry/resources", UriKind.Relative), Cancel))
                .EnumerateArray().Select(resource => resource.GetProperty("name").GetString()!).ToArray(),
            found => found.Length >= 3);

        Assert.Equal(["api", "worker", "worker"], names.Order(StringComparer.Ordinal));
    }

    private static ShownSpan Find(IEnumerable<ShownSpan> spans, string name, string service) =>
        Assert.Single(spans, span => span.Name == name && span.Service == service);

    /// <summary>The spans of the trace in which a span has the attribute of this job.</summary>
    private static async Task<IReadOnlyList<ShownSpan>> SpansAsync(HttpClient dashboard, string jobId)
    {
        var traces = await dashboard.GetFromJsonAsync<JsonElement>(new Uri("/api/telemetry/traces", UriKind.Relative), Cancel);
        var spans = Read(traces.GetProperty("data")).ToArray();
        var traceId = spans.FirstOrDefault(span => span.JobId == jobId)?.TraceId;
        return [.. spans.Where(span => span.TraceId == traceId)];
    }

    // Exporters send what they have every second.
    private static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> accept)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        limit.CancelAfter(Limit);
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
        let service = Attribute(resource.GetProperty("resource"), "service.name")
        from scope in Items(resource, "scopeSpans")
        from span in Items(scope, "spans")
        select new ShownSpan(
            service, Text(span, "name"), Text(span, "traceId"), Text(span, "spanId"), Text(span, "parentSpanId"), Attribute(span, "agno.job.id"));

    private static string Attribute(JsonElement parent, string key) => Items(parent, "attributes")
        .Where(attribute => attribute.GetProperty("key").GetString() == key)
        .Select(attribute => Text(attribute.GetProperty("value"), "stringValue"))
        .FirstOrDefault("");

    private static JsonElement.ArrayEnumerator Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : default;

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";

    private sealed record ShownSpan(string Service, string Name, string TraceId, string Id, string ParentId, string JobId);
}
