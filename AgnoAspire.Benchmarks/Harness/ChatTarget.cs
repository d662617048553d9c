using System.Net.Http.Json;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>A server of chat completions: ours, a proxy, or the provider itself.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Address">Where a POST goes.</param>
/// <param name="IsNative">Whether its events are those of our chat API; otherwise they are OpenAI's.</param>
/// <param name="Headers">What the request needs beside its body.</param>
/// <param name="Processes">The processes whose processor time it costs.</param>
internal sealed record ChatTarget(string Name, Uri Address, bool IsNative, IReadOnlyDictionary<string, string> Headers, IReadOnlyList<ServerProcess> Processes)
{
    public const string Model = "bench";

    public TimeSpan ProcessorTime => new(Processes.Sum(process => process.ProcessorTime.Ticks));

    /// <summary>The body of a request for a streamed answer.</summary>
    public static object Body(GeneratedAnswer answer, string model = Model) =>
        new { model, stream = true, messages = new[] { new { role = "user", content = answer.Prompt } } };

    public HttpRequestMessage CreateRequest(GeneratedAnswer answer)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = JsonContent.Create(Body(answer)) };
        foreach (var (name, value) in Headers)
        {
            request.Headers.Add(name, value);
        }

        return request;
    }

    /// <summary>Reads an event.</summary>
    /// <returns>Its text, and whether it ends the stream; a text of <see langword="null"/> for an event without one.</returns>
    /// <exception cref="InvalidOperationException">The stream ended with an error.</exception>
    public (string? Text, bool IsLast) Read(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8))
        {
            return (null, true);
        }

        var reader = new Utf8JsonReader(data);
        string? text = null;
        var done = false;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.ValueTextEquals("content"u8) && reader.Read())
            {
                text = reader.GetString();
            }
            else if (IsNative && reader.ValueTextEquals("done"u8) && reader.Read())
            {
                done = reader.GetBoolean();
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                throw new InvalidOperationException($"{Name} failed: {Encoding.UTF8.GetString(data)}");
            }
        }

        return (text, done);
    }
}
