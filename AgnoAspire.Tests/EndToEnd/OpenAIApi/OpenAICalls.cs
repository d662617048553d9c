using System.Net.Http.Headers;
using System.Net.Http.Json;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>Requests to the OpenAI API.</summary>
public static class OpenAICalls
{
    public const string Path = "/v1/chat/completions";

    public static Dictionary<string, object?> Body(string model, bool stream = false, params (string Name, object? Value)[] more)
    {
        var body = new Dictionary<string, object?> { ["model"] = model, ["messages"] = new[] { new { role = "user", content = "Hello" } }, ["stream"] = stream };
        foreach (var (name, value) in more)
        {
            body[name] = value;
        }

        return body;
    }

    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient client, HttpMethod method, string path, string? key, CancellationToken cancellationToken, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public static Task<HttpResponseMessage> CompleteAsync(this HttpClient client, object body, CancellationToken cancellationToken, string key = ApiFixture.Alice) =>
        client.SendAsync(HttpMethod.Post, Path, key, cancellationToken, body);

    /// <summary>The chunks of a stream, without the last line.</summary>
    public static List<JsonElement> Chunks(this IEnumerable<SseEvent> events) =>
        [.. events.Where(item => item.Data != "[DONE]").Select(item => JsonSerializer.Deserialize<JsonElement>(item.Data))];

    public static JsonElement Delta(this JsonElement chunk) => chunk.GetProperty("choices")[0].GetProperty("delta");

    public static string TextOf(this IEnumerable<JsonElement> chunks) => string.Concat(chunks
        .Where(chunk => chunk.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0)
        .Select(chunk => chunk.Delta().TryGetProperty("content", out var text) ? text.GetString() : ""));

    public static async Task<JsonElement> ErrorAsync(this HttpResponseMessage response, CancellationToken cancellationToken) =>
        (await response.JsonAsync(cancellationToken)).GetProperty("error");
}
