using System.Runtime.CompilerServices;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.Worker.Inference;

/// <summary>A client whose answers are a callback, with every request it got.</summary>
internal sealed class ScriptedClient(Func<CompletionRequest, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> answer) : IChatClient
{
    public List<CompletionRequest> Requests { get; } = [];

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = (CompletionRequest)options!.RawRepresentationFactory!(this)!;
        Requests.Add(request);
        return answer(request, cancellationToken);
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}

/// <summary>Models of scripted clients, and what clients can answer.</summary>
internal static class ScriptedModel
{
    public static readonly ChatCompletion Prompt = ModelCatalogHost.Prompt();

    /// <summary>Text deltas, then a finish reason unless it is null.</summary>
    public static ScriptedClient Texts(string? finishReason, params string[] texts) => new((_, _) => Updates(finishReason, texts).ToAsyncEnumerable());

    public static ScriptedClient Fails(Exception failure, params string[] texts) => new((_, _) => FailAsync(failure, texts));

    /// <summary>Reasoning, then the failure.</summary>
    public static ScriptedClient FailsAfterReasoning(Exception failure, string reasoning) =>
        new((_, _) => FailAsync(failure, []).Prepend(new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent(reasoning)])));

    /// <summary>Text deltas, then silence until the call is cancelled.</summary>
    public static ScriptedClient Stalls(params string[] texts) => new((_, cancellationToken) => StallAsync(texts, cancellationToken));

    public static ScriptedClient Calls(params ToolCall[] calls) =>
        new((_, _) => new[] { new ChatResponseUpdate { RawRepresentation = calls, FinishReason = ChatFinishReason.ToolCalls } }.ToAsyncEnumerable());

    /// <summary>Reasoning, a text, and the end.</summary>
    public static ScriptedClient Reasons(string reasoning, string text) => new((_, _) => Updates(FinishReason.Stop, [text])
        .Prepend(new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent(reasoning)])).ToAsyncEnumerable());

    public static Failover Failover(TimeProvider time, int retries, params (IChatClient Client, int Weight)[] routes) => new(
        new WeightedRouteSelector([.. routes.Select((route, index) => new ModelRoute(new ModelEndpoint($"p{index}", route.Client), Breaker(time), route.Weight))]),
        new InferenceTimeouts(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1)),
        new RetryPolicy(retries),
        time);

    public static ServedModel Of(IChatClient client, ContinuationPolicy continuation = ContinuationPolicy.Fail, int? maxConcurrency = null, TimeProvider? time = null, bool showsReasoning = true)
    {
        time ??= new FakeTimeProvider();
        return new ServedModel("m", continuation, maxConcurrency, TimeSpan.FromMinutes(1), Failover(time, 0, (client, 1)), time) { ShowsReasoning = showsReasoning };
    }

    /// <summary>A model with a route for each client, tried in this order.</summary>
    public static ServedModel OfRoutes(ContinuationPolicy continuation, ContinuationBudget budget, params IChatClient[] clients)
    {
        var time = new FakeTimeProvider();
        return new ServedModel(
            "m", continuation, null, TimeSpan.FromMinutes(1), Failover(time, 0, [.. clients.Select((client, index) => (client, index == 0 ? 1 : 0))]), time)
        { Budget = budget };
    }

    public static EndpointCircuitBreaker Breaker(TimeProvider time, Action<string, string?>? onOpened = null) =>
        new("p/m", time, NullLogger<EndpointCircuitBreaker>.Instance, onOpened ?? ((_, _) => { }));

    public static InferenceException Failure(string code = ErrorCode.ProviderUnavailable, bool transient = true, bool isCallerError = false, TimeSpan? retryAfter = null) =>
        new(code, "failed") { Transient = transient, IsCallerError = isCallerError, RetryAfter = retryAfter };

    private static IEnumerable<ChatResponseUpdate> Updates(string? finishReason, string[] texts)
    {
        var updates = texts.Select(text => new ChatResponseUpdate(ChatRole.Assistant, text));
        return finishReason is null ? updates : updates.Append(new ChatResponseUpdate { FinishReason = new ChatFinishReason(finishReason) });
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> FailAsync(Exception failure, string[] texts)
    {
        foreach (var update in Updates(null, texts))
        {
            yield return update;
        }

        await Task.CompletedTask;
        throw failure;
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> StallAsync(string[] texts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var update in Updates(null, texts))
        {
            yield return update;
        }

        var never = new TaskCompletionSource();
        await never.Task.WaitAsync(cancellationToken);
    }
}
