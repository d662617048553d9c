using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace AgnoAspire.Testing;

/// <summary>One request to a fake provider, and the means to answer it piece by piece.</summary>
public sealed class FakeExchange
{
    private readonly HttpContext context;
    private readonly TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Utf8JsonWriter json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true });
    private readonly byte[] head;

    public FakeExchange(HttpContext context, string body)
    {
        this.context = context;
        Body = body;
        Path = $"{context.Request.Path}{context.Request.QueryString}";
        Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        using var parsed = JsonDocument.Parse(body);
        Model = parsed.RootElement.GetProperty("model").GetString()!;
        head = Encoding.UTF8.GetBytes(
            $$"""data: {"id":"chatcmpl-fake","object":"chat.completion.chunk","created":1700000000,"model":{{JsonSerializer.Serialize(Model)}},"choices":[""");
        HungUp = context.RequestAborted;
        HungUp.Register(() => aborted.TrySetResult());
    }

    /// <summary>Gets the path and query.</summary>
    public string Path { get; }

    public string Body { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    public string Model { get; }

    /// <summary>Gets a task that ends when the client hangs up before the end of the answer.</summary>
    public Task Aborted => aborted.Task;

    /// <summary>Gets a token that fires when the client hangs up.</summary>
    public CancellationToken HungUp { get; }

    /// <summary>Sends a status and headers.</summary>
    public async Task BeginAsync(int status = 200, string contentType = "text/event-stream", params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        await FlushAsync();
    }

    /// <summary>Sends text as it is.</summary>
    public Task SendAsync(string text)
    {
        context.Response.BodyWriter.Write(Encoding.UTF8.GetBytes(text));
        return FlushAsync();
    }

    /// <summary>Sends an event with JSON data.</summary>
    public Task SendEventAsync(object data) => SendAsync($"data: {JsonSerializer.Serialize(data)}\n\n");

    /// <summary>Sends a chat completion chunk.</summary>
    public Task SendChunkAsync(string? content, string? finishReason = null)
    {
        var output = context.Response.BodyWriter;
        output.Write(head);
        output.Write("{\"index\":0,\"delta\":{\"content\":"u8);
        Write(content);
        output.Write("},\"finish_reason\":"u8);
        Write(finishReason);
        output.Write("}]}\n\n"u8);
        return FlushAsync();
    }

    /// <summary>Sends the chunk with the usage, as <c>stream_options.include_usage</c> asks for it.</summary>
    private Task SendUsageAsync(int prompt, int completion)
    {
        context.Response.BodyWriter.Write(head);
        return SendAsync($$"""],"usage":{"prompt_tokens":{{prompt}},"completion_tokens":{{completion}},"total_tokens":{{prompt + completion}} } }""" + "\n\n");
    }

    /// <summary>Sends the finish reason, the usage and the end of the stream.</summary>
    public async Task SendEndAsync(int prompt, int completion, string finishReason = "stop")
    {
        await SendChunkAsync(null, finishReason);
        await SendUsageAsync(prompt, completion);
        await SendAsync("data: [DONE]\n\n");
    }

    /// <summary>Sends a complete answer.</summary>
    public async Task SendAnswerAsync(params string[] texts)
    {
        await BeginAsync();
        foreach (var text in texts)
        {
            await SendChunkAsync(text);
        }

        await SendEndAsync(7, texts.Length);
    }

    /// <summary>Breaks the connection off.</summary>
    public void Hangup() => context.Abort();

    private void Write(string? value)
    {
        json.Reset(context.Response.BodyWriter);
        json.WriteStringValue(value);
        json.Flush();
    }

    private async Task FlushAsync()
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType ??= "text/event-stream";
        }

        await context.Response.BodyWriter.FlushAsync(HungUp);
        HungUp.ThrowIfCancellationRequested();
    }
}
