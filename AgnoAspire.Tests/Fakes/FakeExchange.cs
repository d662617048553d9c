using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AgnoAspire.Tests.Fakes;

/// <summary>One request to a fake provider, as it came, and the means to answer it piece by piece.</summary>
public sealed class FakeExchange
{
    private readonly HttpContext context;
    private readonly TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Initializes a new instance of the <see cref="FakeExchange"/> class.</summary>
    /// <param name="context">The request.</param>
    /// <param name="body">Its body.</param>
    public FakeExchange(HttpContext context, string body)
    {
        this.context = context;
        Body = body;
        Path = $"{context.Request.Path}{context.Request.QueryString}";
        Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        using var json = JsonDocument.Parse(body);
        Model = json.RootElement.GetProperty("model").GetString()!;
        context.RequestAborted.Register(() => aborted.TrySetResult());
        HungUp = context.RequestAborted;
    }

    /// <summary>Gets the request's path and query.</summary>
    public string Path { get; }

    /// <summary>Gets the request's body.</summary>
    public string Body { get; }

    /// <summary>Gets the request's headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>Gets the model the request names.</summary>
    public string Model { get; }

    /// <summary>Gets the task that ends when the client hangs up before the answer is over.</summary>
    public Task Aborted => aborted.Task;

    /// <summary>Gets the task that ends when the answer is over.</summary>
    public Task Finished => finished.Task;

    /// <summary>Gets the token that fires when the client hangs up.</summary>
    public CancellationToken HungUp { get; }

    /// <summary>Begins an answer with a status and headers.</summary>
    /// <param name="status">The status.</param>
    /// <param name="contentType">The content type.</param>
    /// <param name="headers">More headers.</param>
    /// <returns>When they are sent.</returns>
    public async Task BeginAsync(int status = 200, string contentType = "text/event-stream", params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.Body.FlushAsync(HungUp);
    }

    /// <summary>Sends bytes as they are.</summary>
    /// <param name="text">The text to send as UTF-8.</param>
    /// <returns>When they are sent.</returns>
    public async Task SendAsync(string text)
    {
        if (!context.Response.HasStarted)
        {
            await BeginAsync();
        }

        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), HungUp);
        await context.Response.Body.FlushAsync(HungUp);
    }

    /// <summary>Sends an event with JSON data.</summary>
    /// <param name="data">What to serialize.</param>
    /// <returns>When it is sent.</returns>
    public Task SendEventAsync(object data) => SendAsync($"data: {JsonSerializer.Serialize(data)}\n\n");

    /// <summary>Sends a chat completion chunk.</summary>
    /// <param name="content">Its text, or <see langword="null"/>.</param>
    /// <param name="finishReason">Its finish reason, or <see langword="null"/>.</param>
    /// <returns>When it is sent.</returns>
    public Task SendChunkAsync(string? content, string? finishReason = null) => SendEventAsync(new
    {
        id = "chatcmpl-fake",
        @object = "chat.completion.chunk",
        created = 1700000000,
        model = Model,
        choices = new object[] { new { index = 0, delta = new { content }, finish_reason = finishReason } },
    });

    /// <summary>Sends the chunk with the usage, as <c>stream_options.include_usage</c> asks for it.</summary>
    /// <param name="prompt">Tokens read.</param>
    /// <param name="completion">Tokens written.</param>
    /// <returns>When it is sent.</returns>
    public Task SendUsageAsync(int prompt, int completion) => SendEventAsync(new
    {
        id = "chatcmpl-fake",
        @object = "chat.completion.chunk",
        created = 1700000000,
        model = Model,
        choices = Array.Empty<object>(),
        usage = new { prompt_tokens = prompt, completion_tokens = completion, total_tokens = prompt + completion },
    });

    /// <summary>Breaks the connection off.</summary>
    public void Hangup() => context.Abort();

    /// <summary>Says nothing until the client hangs up.</summary>
    /// <returns>When it did.</returns>
    public Task StallAsync() => Aborted;

    /// <summary>Notes that the answer is over.</summary>
    public void Finish() => finished.TrySetResult();
}
