using System.Net.Http.Json;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// A server of chat completions: ours, a proxy, or the provider itself. The events of a native one are those of our chat API, otherwise OpenAI's.
/// The processes are those whose processor time a request costs.
/// </summary>
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

    /// <summary>Reads the text of an event, <see langword="null"/> for none, and whether it ends the stream.</summary>
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
