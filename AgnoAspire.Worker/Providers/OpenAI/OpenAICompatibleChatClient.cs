using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using AgnoAspire.Worker.Catalog;
using ChatClient = OpenAI.Chat.ChatClient;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>
/// A chat client over the protocol methods of the OpenAI package: its pipeline sends the request; the body is written and the events are read here.
/// Every failure is an <see cref="InferenceException"/>, and what a provider can send is bounded.
/// </summary>
internal sealed class OpenAICompatibleChatClient(
    ChatClient chat, ChatClientMetadata metadata, OpenAIRequest body, ProviderOptions limits, ProviderErrorMapper errors) : IChatClient
{
    private const int MaxErrorBytes = 16 * 1024;

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var response = await SendAsync((CompletionRequest)options!.RawRepresentationFactory!(this)!, cancellationToken);
        var body = response.ContentStream ?? Stream.Null;
        if (response.Status is < 200 or >= 300)
        {
            throw errors.MapStatus(response, await ReadErrorAsync(body, cancellationToken));
        }

        if (MediaType(response) is not (null or "text/event-stream" or "text/plain"))
        {
            throw errors.MapBody(await ReadErrorAsync(body, cancellationToken));
        }

        await using var events = new BoundedEventStream(body, errors, limits.MaxEventBytes, limits.MaxResponseBytes);
        var reader = new OpenAIResponseReader(errors);
        await foreach (var item in SseParser.Create(events, (type, data) => reader.Read(type, data, events.HasEnded)).EnumerateAsync(cancellationToken))
        {
            if (item.Data == OpenAIResponseReader.Done)
            {
                break;
            }

            if (item.Data is { } update)
            {
                yield return update;
            }
        }

        events.ThrowIfFailed();
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType == typeof(ChatClientMetadata) ? metadata : null;

    public void Dispose()
    {
    }

    private async Task<PipelineResponse> SendAsync(CompletionRequest request, CancellationToken cancellationToken)
    {
        using var content = BinaryContent.Create(body.Write(request.Completion, request.Prefix, asksForUsage: true));

        // Without NoThrow the package buffers the whole body of an error, however large it is.
        var options = new RequestOptions { BufferResponse = false, ErrorOptions = ClientErrorBehaviors.NoThrow, CancellationToken = cancellationToken };
        try
        {
            return (await chat.CompleteChatAsync(content, options)).GetRawResponse();
        }
        catch (Exception exception) when (
            exception is ClientResultException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw errors.Unreachable();
        }
    }

    private static async Task<byte[]> ReadErrorAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxErrorBytes];
        try
        {
            return buffer[..await body.ReadAtLeastAsync(buffer, MaxErrorBytes, throwOnEndOfStream: false, cancellationToken)];
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The status alone describes the failure.
            return [];
        }
    }

    private static string? MediaType(PipelineResponse response) =>
        response.Headers.TryGetValue("Content-Type", out var value) ? value!.Split(';', 2)[0].Trim().ToLowerInvariant() : null;
}
