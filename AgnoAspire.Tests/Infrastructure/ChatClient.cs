using System.Net.Http.Json;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Tests.Infrastructure;

/// <summary>Requests to the chat API.</summary>
public static class ChatClient
{
    public const string Path = "/api/v1/chat";
    public const string Story = "Tell me a story about a robot named Max";

    public static object Body(string model, bool stream, string prompt = Story, int? maxTokens = null, string? onDisconnect = null)
    {
        var body = new Dictionary<string, object>
        {
            ["messages"] = new[] { new { role = "user", content = prompt } },
            ["model"] = model,
            ["stream"] = stream,
        };
        if (maxTokens is not null)
        {
            body["max_tokens"] = maxTokens;
        }

        if (onDisconnect is not null)
        {
            body["on_disconnect"] = onDisconnect;
        }

        return body;
    }

    /// <summary>Posts a chat completion and returns with the response headers.</summary>
    public static async Task<HttpResponseMessage> PostAsync(
        this HttpClient client, object body, CancellationToken cancellationToken, Action<HttpRequestMessage>? configure = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = JsonContent.Create(body) };
        configure?.Invoke(request);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Requests a stream, from its start or after an event.</summary>
    public static async Task<HttpResponseMessage> ResumeAsync(this HttpClient client, string id, long? lastEventId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Path}/{id}/stream");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", $"{lastEventId}");
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Waits until a process has printed something.</summary>
    public static async Task WaitForOutputAsync(this ServerProcess process, string text, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!process.Output.Contains(text, StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    /// <summary>The address of the chat that a response names.</summary>
    public static Uri Job(this HttpResponseMessage response) => new(response.RequestMessage!.RequestUri!, response.Headers.Location!);

    public static string StreamId(this HttpResponseMessage response) => response.Headers.GetValues("X-Stream-Id").Single();

    /// <summary>Reads events to the end of the stream, or the first <paramref name="count"/> of them.</summary>
    public static async Task<List<SseEvent>> EventsAsync(this HttpResponseMessage response, CancellationToken cancellationToken, int count = int.MaxValue)
    {
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var events = new List<SseEvent>();
        using var reader = new SseReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        await foreach (var item in reader.ReadAsync(cancellationToken))
        {
            events.Add(item);
            if (events.Count == count)
            {
                break;
            }
        }

        return events;
    }

    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response, CancellationToken cancellationToken) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);

    public static string Text(this IEnumerable<SseEvent> events) => string.Concat(events.Select(item => item.Chunk.Content));

    /// <summary>Asserts what holds for every complete stream: ids count from 1, one terminal chunk, at the end.</summary>
    public static ChatChunk AssertWhole(this IReadOnlyList<SseEvent> events)
    {
        Assert.Equal(Enumerable.Range(1, events.Count).Select(id => (long)id), events.Select(item => item.Sequence));
        Assert.All(events, item => Assert.Null(item.Name));
        Assert.Equal(1, events.Count(item => item.Chunk.Done));
        Assert.True(events[^1].Chunk.Done);
        Assert.Equal("", events[^1].Chunk.Content);
        return events[^1].Chunk;
    }
}
