using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Tests.Unit.Worker.Inference;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Inference;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Tests.Unit.Worker.Processing;

/// <summary>An answer whose provider fails after the first text: continued by another endpoint, within a budget, or a typed error.</summary>
public sealed class AnswerContinuationTests : IDisposable
{
    private const string Sent = "Once upon a time there was";
    private static readonly ContinuationBudget Budget = new(2, 100);
    private static readonly ScriptedClient Whole = ScriptedModel.Texts(FinishReason.Stop, Sent, " a robot.");

    private readonly JobExecution execution = new(new JobClaim("job", 1), () => { });
    private readonly List<CompletionDelta> written = [];

    private string Written => written.Text();

    public void Dispose() => execution.Dispose();

    [Fact]
    public async Task Replay_continues_a_failed_answer_and_repeats_nothing()
    {
        var outcome = await RunAsync(ContinuationPolicy.Replay, Budget, Failing(Sent), Whole);

        Assert.Equal((Sent + " a robot.", FinishReason.Stop, ContinuationPolicy.Replay), (Written, outcome.FinishReason, outcome.Continuation));
        Assert.Equal([ErrorCode.ProviderClosed], outcome.ProviderFailures);
    }

    [Theory]
    [InlineData("Fail")]
    [InlineData("Replay")]
    [InlineData("Prefix")]
    public async Task Reasoning_alone_starts_over_under_every_policy(string policy)
    {
        var thinking = ScriptedModel.FailsAfterReasoning(ScriptedModel.Failure(ErrorCode.ProviderClosed), "Hmm, a");

        var outcome = await RunAsync(Enum.Parse<ContinuationPolicy>(policy), Budget, thinking, ScriptedModel.Reasons("Hmm, a robot.", Sent));

        Assert.Equal((Sent, FinishReason.Stop, null), (Written, outcome.FinishReason, outcome.Continuation));
        Assert.Equal("Hmm, a robot.", string.Concat(written.Select(delta => delta.Reasoning)));
    }

    [Fact]
    public async Task Replay_that_differs_is_an_error()
    {
        var outcome = await RunAsync(ContinuationPolicy.Replay, Budget, Failing(Sent), ScriptedModel.Texts(FinishReason.Stop, "Long ago"));

        Assert.Equal((Sent, ErrorCode.ReplayDiverged, ContinuationPolicy.Replay), (Written, outcome.Error?.Code, outcome.Continuation));
    }

    [Fact]
    public async Task Prefix_is_all_of_the_text_also_after_two_failures()
    {
        var last = ScriptedModel.Texts(FinishReason.Stop, " robot.");
        var outcome = await RunAsync(ContinuationPolicy.Prefix, Budget, Failing(Sent), Failing(" a"), last);

        Assert.Equal((Sent + " a robot.", ContinuationPolicy.Prefix), (Written, outcome.Continuation));
        Assert.Equal(Sent + " a", Assert.Single(last.Requests).Prefix);
        Assert.Equal([ErrorCode.ProviderClosed, ErrorCode.ProviderClosed], outcome.ProviderFailures);
    }

    [Fact]
    public async Task Prefix_that_starts_over_is_not_shown_twice()
    {
        var outcome = await RunAsync(ContinuationPolicy.Prefix, Budget, Failing(Sent), Whole);

        Assert.Equal((Sent + " a robot.", FinishReason.Stop), (Written, outcome.FinishReason));
    }

    [Theory]
    [InlineData("Once upon a tree", "Once upon a tree")]
    [InlineData("Once upon", "Once upon")]
    public async Task Prefix_that_resembles_the_start_is_new(string answer, string added)
    {
        var outcome = await RunAsync(ContinuationPolicy.Prefix, Budget, Failing(Sent), ScriptedModel.Texts(FinishReason.Stop, answer));

        Assert.Equal((Sent + added, FinishReason.Stop), (Written, outcome.FinishReason));
    }

    [Fact]
    public async Task Prefix_that_starts_over_and_differs_is_an_error()
    {
        var outcome = await RunAsync(ContinuationPolicy.Prefix, Budget, Failing(new string('x', 80)), ScriptedModel.Texts(FinishReason.Stop, new string('x', 70), "y"));

        Assert.Equal((ErrorCode.ReplayDiverged, 80), (outcome.Error?.Code, Written.Length));
    }

    [Fact]
    public async Task Fail_keeps_the_providers_error()
    {
        var outcome = await RunAsync(ContinuationPolicy.Fail, Budget, Failing(Sent), Whole);

        Assert.Equal((Sent, ErrorCode.ProviderClosed, null), (Written, outcome.Error?.Code, outcome.Continuation));
        Assert.Empty(outcome.ProviderFailures);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(2, 3)]
    public async Task Budget_limits_continuations_and_repeated_tokens(int continuations, int tokens)
    {
        var outcome = await RunAsync(ContinuationPolicy.Replay, new ContinuationBudget(continuations, tokens), Failing(Sent), Whole);

        Assert.Equal((Sent, ErrorCode.ProviderClosed), (Written, outcome.Error?.Code));
    }

    [Fact]
    public async Task Begun_tool_call_is_not_continued()
    {
        var call = new ToolCall { Index = 0, Id = "call_1", Type = "function", Function = new FunctionCall("look_up", "{") };
        var failing = new ScriptedClient((request, token) => new[] { new ChatResponseUpdate { RawRepresentation = new[] { call } } }.ToAsyncEnumerable()
            .Concat(Failing().GetStreamingResponseAsync([], new() { RawRepresentationFactory = _ => request }, token)));

        var outcome = await RunAsync(ContinuationPolicy.Replay, Budget, failing, Whole);

        Assert.Equal((ErrorCode.ProviderClosed, null), (outcome.Error?.Code, outcome.Continuation));
        Assert.Single(written);
    }

    [Theory]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{}}}""", false)]
    [InlineData("""{"response_format":{"type":"json_object"}}""", false)]
    [InlineData("""{"tool_choice":"required"}""", false)]
    [InlineData("""{"tool_choice":{"type":"function","function":{"name":"f"}}}""", false)]
    [InlineData("""{"guided_json":{}}""", false)]
    [InlineData("""{"tool_choice":"auto","response_format":{"type":"text"}}""", true)]
    [InlineData("""{"tool_choice":null,"response_format":null}""", true)]
    public async Task Prefix_is_refused_where_the_form_of_the_answer_is_forced(string fields, bool isContinued)
    {
        var outcome = await RunAsync(ContinuationPolicy.Prefix, Budget, fields, Failing(Sent), ScriptedModel.Texts(FinishReason.Stop, " a robot."));

        Assert.Equal(isContinued ? null : ErrorCode.ProviderClosed, outcome.Error?.Code);
    }

    private static ScriptedClient Failing(params string[] texts) => ScriptedModel.Fails(ScriptedModel.Failure(ErrorCode.ProviderClosed), texts);

    private Task<JobOutcome> RunAsync(ContinuationPolicy policy, ContinuationBudget budget, params IChatClient[] clients) =>
        RunAsync(policy, budget, "{}", clients);

    private async Task<JobOutcome> RunAsync(ContinuationPolicy policy, ContinuationBudget budget, string fields, params IChatClient[] clients)
    {
        var body = $$"""{"model":"m","messages":[]{{(fields == "{}" ? "}" : "," + fields[1..])}}""";
        using var model = ScriptedModel.OfRoutes(policy, budget, clients);
        var generator = new AnswerGenerator(
            Options.Create(new ChatJobsOptions()), Options.Create(new WorkerOptions()), NullLogger<AnswerGenerator>.Instance);
        var job = new ClaimedJob(
            new JobClaim("job", 1), ChatCompletion.Parse(Encoding.UTF8.GetBytes(body)), "owner", false, 0, null, null, DateTimeOffset.UnixEpoch, null, 1);
        var outcome = await generator.RunAsync(
            model,
            job,
            new SentAnswer("", false),
            execution,
            (delta, _) =>
            {
                written.Add(delta);
                return ValueTask.CompletedTask;
            },
            CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        return outcome!;
    }
}
