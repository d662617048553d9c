using AgnoAspire.ChatJobs.RateLimiting;

namespace AgnoAspire.Worker.Processing;

/// <summary>How far an answer is: what of it was sent, what of an attempt is new, and whether another attempt may continue it.</summary>
internal sealed class AnswerProgress : IAnswerContinuation
{
    // Fields that force a form on the answer, which its second half alone does not have.
    private static readonly string[] GuidedFields =
        ["guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "grammar", "json_schema"];

    private readonly ContinuationBudget budget;
    private readonly List<string> failures = [];
    private readonly StringBuilder text;
    private int reasoningLength;
    private bool hasCalls;
    private bool hasText;
    private long repeatedTokens;
    private ReplayVerifier replay = null!;
    private RestartDetector? restart;

    public AnswerProgress(ServedModel model, ChatCompletion completion, SentAnswer sent)
    {
        budget = model.Budget;
        text = new StringBuilder(sent.Text);
        (reasoningLength, hasCalls, hasText) = (sent.ReasoningLength, sent.HasToolCalls, sent.Text.Length > 0);
        Length = sent.Text.Length + sent.ReasoningLength;
        Policy = hasCalls || (model.Continuation == ContinuationPolicy.Prefix && IsForced(completion)) ? ContinuationPolicy.Fail : model.Continuation;
        Prepare();
    }

    /// <summary>Gets what is done about this answer when it was begun: a tool call is not repeated exactly, and a forced form cannot be continued.</summary>
    public ContinuationPolicy Policy { get; private set; }

    /// <summary>Gets what was done when a provider had failed; null if none has.</summary>
    public ContinuationPolicy? Continued { get; private set; }

    /// <summary>Gets the codes of the failures after which the answer was continued.</summary>
    public IReadOnlyList<string> Failures => failures;

    /// <summary>Gets the length of the answer with reasoning and tool calls.</summary>
    public int Length { get; private set; }

    /// <summary>Gets whether all of the text already sent was repeated, if it is to be.</summary>
    public bool IsComplete => replay.IsComplete && restart?.IsComplete != false;

    public string? Prefix { get; private set; }

    public bool TryContinueAfter(InferenceException failure)
    {
        var repeated = Policy == ContinuationPolicy.Replay ? TokenEstimate.OfText(text.Length) : 0;

        // Reasoning alone starts over under every policy, as after the loss of a worker.
        var startsOver = !hasText && !hasCalls;
        if ((Policy == ContinuationPolicy.Fail && !startsOver) || failures.Count >= budget.MaxContinuations
            || repeatedTokens + repeated > budget.MaxRepeatedTokens)
        {
            return false;
        }

        repeatedTokens += repeated;
        failures.Add(failure.Code);
        Continued = startsOver ? Continued : Policy;
        Prepare();
        return true;
    }

    /// <summary>Returns what of the reasoning is new.</summary>
    public string AcceptReasoning(string thought)
    {
        var added = replay.Skip(thought);
        reasoningLength += added.Length;
        Length += added.Length;
        return added;
    }

    /// <summary>Returns what of the delta's text is new, and counts its tool call.</summary>
    /// <exception cref="InferenceException">The attempt repeats the text already sent with differences.</exception>
    public string Accept(CompletionDelta delta)
    {
        var added = delta.Text ?? "";
        added = restart?.Accept(added) ?? replay.Accept(added);
        if (delta.Call is not null || delta.FinishReason is not null)
        {
            added += restart?.Release();
        }

        if (delta.Call is { } call)
        {
            (hasCalls, Policy) = (true, ContinuationPolicy.Fail);
            Length += call.Function.Arguments.Length;
        }

        Length += added.Length;
        hasText |= added.Length > 0;
        if (Policy != ContinuationPolicy.Fail)
        {
            text.Append(added);
        }

        return added;
    }

    private void Prepare()
    {
        var sent = text.ToString();
        Prefix = Policy == ContinuationPolicy.Prefix && sent.Length > 0 ? sent : null;
        replay = new ReplayVerifier(Prefix is null ? sent : "", reasoningLength);
        restart = Prefix is null ? null : new RestartDetector(sent);
    }

    private static bool IsForced(ChatCompletion completion)
    {
        var body = completion.Body;
        return body.Property("tool_choice") is { ValueKind: JsonValueKind.Object }
            || body.Text("tool_choice") == "required"
            || body.Property("response_format")?.Text("type") is not (null or "text")
            || Array.Exists(GuidedFields, name => body.Property(name) is not null);
    }
}
