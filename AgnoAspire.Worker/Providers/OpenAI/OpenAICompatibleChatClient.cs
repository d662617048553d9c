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
    ChatClient chat, ChatClientMetadata metadata, OpenAIRequest body, ProviderOptions limits, ProviderErrorMapper errors,
    Action<IReadOnlyList<string>> onDropped) : IChatClient
{
    private const int MaxErrorBytes = 16 * 1024;

    // Cleared for good by a server that answers only without it.
    private volatile bool asksForUsage = limits.StreamOptions;

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = (CompletionRequest)options!.RawRepresentationFactory!(this)!;
        using var response = await SendAsync(request, cancellationToken);
        await using var events = new BoundedEventStream(
            response.ContentStream ?? Stream.Null, errors, limits.MaxEventBytes, limits.MaxResponseBytes, () => request.OnComment(limits.CommentsAreProgress));
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
        if (!events.OtherBody.IsEmpty)
        {
            yield return reader.ReadWhole(events.OtherBody);
        }
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType == typeof(ChatClientMetadata) ? metadata : null;

    public void Dispose()
    {
    }

    private async Task<PipelineResponse> SendAsync(CompletionRequest request, CancellationToken cancellationToken)
    {
        var withUsage = asksForUsage;
        var response = await SendAsync(request, withUsage, cancellationToken);
        if (response.Status is >= 200 and < 300)
        {
            ReportDropped(request.Completion, withUsage);
            return response;
        }

        using var refusal = response;
        var error = await ReadErrorAsync(refusal.ContentStream ?? Stream.Null, cancellationToken);
        if (withUsage && refusal.Status is >= 400 and < 500 && error.AsSpan().IndexOf("stream_options"u8) >= 0)
        {
            var again = await SendAsync(request, withUsage: false, cancellationToken);
            if (again.Status is >= 200 and < 300)
            {
                asksForUsage = false;
                ReportDropped(request.Completion, withUsage: false);
                return again;
            }

            // The first refusal was about something else.
            again.Dispose();
        }

        throw errors.MapStatus(refusal, error);
    }

    private void ReportDropped(ChatCompletion completion, bool withUsage)
    {
        if (body.Dropped(completion, withUsage) is { Count: > 0 } dropped)
        {
            completion.DroppedFields = dropped;
            onDropped(dropped);
        }
    }

    private async Task<PipelineResponse> SendAsync(CompletionRequest request, bool withUsage, CancellationToken cancellationToken)
    {
        using var content = BinaryContent.Create(body.Write(request.Completion, request.Prefix, withUsage));

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
}
