using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.Tests.Unit.Worker.Inference;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Inference;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Tests.Unit.Worker.Processing;

/// <summary>How a stream ends, for every state a job can be found in and everything a model can do.</summary>
public sealed class AnswerGeneratorTests : IDisposable
{
    private static readonly SentAnswer Nothing = new("", false);
    private static readonly SentAnswer Begun = new("Once upon", false);
    private static readonly ToolCall Call = new() { Index = 0, Id = "call_1", Type = "function", Function = new FunctionCall("look_up", "{\"q\":1}") };

    private readonly JobExecution execution = new(new JobClaim("job", 1), () => { });
    private readonly CancellationTokenSource writer = new();
    private readonly List<CompletionDelta> written = [];
    private bool showsReasoning = true;
    private Func<Task> onWrite = () => Task.CompletedTask;

    private string Written => string.Concat(written.Select(delta => delta.Text));

    public void Dispose()
    {
        execution.Dispose();
        writer.Dispose();
    }

    [Fact]
    public async Task Answer_is_written_and_ends_with_the_providers_finish_reason()
    {
        var outcome = await RunAsync(ScriptedModel.Texts(FinishReason.Length, "Once", " upon"), Nothing);

        Assert.Equal(("Once upon", FinishReason.Length), (Written, outcome?.FinishReason));
        Assert.Null(outcome?.Continuation);
        Assert.Null(outcome?.Error);
    }

    [Fact]
    public async Task Tool_calls_are_written()
    {
        var outcome = await RunAsync(ScriptedModel.Calls(Call), Nothing);

        Assert.Equal(Call, Assert.Single(written).Call);
        Assert.Equal(FinishReason.ToolCalls, outcome?.FinishReason);
    }

    [Fact]
    public async Task Cancelled_job_ends_without_an_answer()
    {
        var client = ScriptedModel.Texts(FinishReason.Stop, "Hello");

        Assert.Equal(FinishReason.Cancelled, (await RunAsync(client, Nothing, cancelled: true))?.FinishReason);
        Assert.Empty(client.Requests);
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(4, ErrorCode.AttemptsExhausted)]
    public async Task Job_ends_when_its_attempts_are_exhausted(int attempt, string? code) =>
        Assert.Equal(code, (await RunAsync(ScriptedModel.Texts(FinishReason.Stop, "Hello"), Nothing, attempt: attempt))?.Error?.Code);

    [Fact]
    public async Task Unknown_model_is_unavailable() => Assert.Equal(ErrorCode.ModelUnavailable, (await RunAsync(null, Nothing))?.Error?.Code);

    [Fact]
    public async Task Begun_answer_fails_by_default()
    {
        var outcome = await RunAsync(ScriptedModel.Texts(FinishReason.Stop, "Hello"), Begun);

        Assert.Equal((ErrorCode.WorkerLost, ContinuationPolicy.Fail), (outcome?.Error?.Code, outcome?.Continuation));
        Assert.Empty(written);
    }

    [Fact]
    public async Task Begun_tool_call_fails_under_every_policy()
    {
        var outcome = await RunAsync(ScriptedModel.Calls(Call), new SentAnswer("", true), ContinuationPolicy.Replay);

        Assert.Equal((ErrorCode.WorkerLost, ContinuationPolicy.Fail), (outcome?.Error?.Code, outcome?.Continuation));
    }

    [Fact]
    public async Task Replay_writes_only_what_is_new()
    {
        var client = ScriptedModel.Texts(FinishReason.Stop, "Once ", "upon a", " time.");
        var outcome = await RunAsync(client, Begun, ContinuationPolicy.Replay);

        Assert.Equal((" a time.", FinishReason.Stop, ContinuationPolicy.Replay), (Written, outcome?.FinishReason, outcome?.Continuation));
        Assert.Null(Assert.Single(client.Requests).Prefix);
    }

    [Theory]
    [InlineData("Once a")]
    [InlineData("Once")]
    public async Task Replay_that_differs_or_is_shorter_is_an_error(string answer)
    {
        var outcome = await RunAsync(ScriptedModel.Texts(FinishReason.Stop, answer), Begun, ContinuationPolicy.Replay);

        Assert.Equal((ErrorCode.ReplayDiverged, ContinuationPolicy.Replay), (outcome?.Error?.Code, outcome?.Continuation));
        Assert.Empty(written);
    }

    [Fact]
    public async Task Prefix_is_sent_to_the_model_and_not_written_again()
    {
        var client = ScriptedModel.Texts(FinishReason.Stop, " a time.");
        var outcome = await RunAsync(client, Begun, ContinuationPolicy.Prefix);

        Assert.Equal((" a time.", ContinuationPolicy.Prefix), (Written, outcome?.Continuation));
        Assert.Equal("Once upon", Assert.Single(client.Requests).Prefix);
    }

    [Theory]
    [InlineData(ContinuationPolicy.Fail)]
    [InlineData(ContinuationPolicy.Replay)]
    [InlineData(ContinuationPolicy.Prefix)]
    public async Task Reasoning_alone_starts_over_without_what_was_sent(object continuation)
    {
        var client = ScriptedModel.Reasons("Another thought", "Hello");
        var outcome = await RunAsync(client, new SentAnswer("", false, 8), (ContinuationPolicy)continuation);

        Assert.Equal((FinishReason.Stop, null, "Hello"), (outcome?.FinishReason, outcome?.Continuation, Written));
        Assert.Equal("thought", string.Concat(written.Select(delta => delta.Reasoning)));
        Assert.Null(Assert.Single(client.Requests).Prefix);
    }

    [Fact]
    public async Task Reasoning_of_a_replayed_text_is_not_sent_again()
    {
        await RunAsync(ScriptedModel.Reasons("A longer thought", "Once upon a time."), Begun with { ReasoningLength = 2 }, ContinuationPolicy.Replay);

        Assert.Equal((" a time.", ""), (Written, string.Concat(written.Select(delta => delta.Reasoning))));
    }

    [Fact]
    public async Task Reasoning_can_be_kept_back()
    {
        showsReasoning = false;
        await RunAsync(ScriptedModel.Reasons("Hm", "Hello"), Nothing);

        Assert.Equal("Hello", Assert.Single(written).Text);
    }

    [Fact]
    public async Task Answer_that_is_too_long_ends_with_length()
    {
        var outcome = await RunAsync(ScriptedModel.Stalls(new string('a', 60), new string('b', 60)), Nothing);

        Assert.Equal((FinishReason.Length, 120), (outcome?.FinishReason, Written.Length));
    }

    [Fact]
    public async Task Tool_call_that_is_too_long_ends_with_length()
    {
        var call = Call with { Function = new FunctionCall("look_up", new string('x', 200)) };
        var client = new ScriptedClient((_, _) => new[] { new ChatResponseUpdate { RawRepresentation = new[] { call, call } } }.ToAsyncEnumerable());

        Assert.Equal(FinishReason.Length, (await RunAsync(client, Nothing))?.FinishReason);
        Assert.Single(written);
    }

    [Fact]
    public async Task Provider_failure_keeps_its_code_and_message()
    {
        var outcome = await RunAsync(ScriptedModel.Fails(ScriptedModel.Failure(ErrorCode.ProviderError), "Once"), Nothing);

        Assert.Equal((FinishReason.Error, new ChatError(ErrorCode.ProviderError, "failed")), (outcome?.FinishReason, outcome?.Error));
        Assert.Equal("Once", Written);
    }

    [Fact]
    public async Task Unexpected_exception_is_an_internal_error_without_its_text()
    {
        var outcome = await RunAsync(ScriptedModel.Fails(new InvalidCastException("secret"), "Once"), Nothing);

        Assert.Equal(ErrorCode.Internal, outcome?.Error?.Code);
        Assert.DoesNotContain("secret", outcome!.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopReason.Cancelled, FinishReason.Cancelled)]
    [InlineData(StopReason.Lost, null)]
    [InlineData(StopReason.Draining, null)]
    public async Task Stopped_job_ends_only_if_it_was_cancelled(object reason, string? finishReason)
    {
        onWrite = () =>
        {
            execution.Stop((StopReason)reason);
            return Task.CompletedTask;
        };

        var outcome = await RunAsync(ScriptedModel.Stalls("Once"), Nothing);

        Assert.Equal(("Once", finishReason), (Written, outcome?.FinishReason));
    }

    [Fact]
    public async Task Writer_that_stops_stops_the_model()
    {
        onWrite = writer.CancelAsync;

        Assert.Null(await RunAsync(ScriptedModel.Stalls("Once"), Nothing));
    }

    [Fact]
    public void Sent_answer_is_the_text_of_all_chunks()
    {
        var chunks = new[] { """{"content":"Once ","done":false,"model":"m"}""", """{"content":"upon","done":false,"model":"m"}""" };
        var call = """{"content":"","done":false,"model":"m","tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}""";

        Assert.Equal(Begun, Sent(chunks));
        Assert.Equal(Begun with { HasToolCalls = true }, Sent([.. chunks, call]));
        Assert.True(Sent([]).IsEmpty);
        Assert.False(Sent([call]).IsEmpty);
    }

    private static SentAnswer Sent(string[] chunks) =>
        SentAnswer.From(chunks.Select((chunk, index) => new AgnoAspire.ChatJobs.Streams.SequencedChunk(index + 1, System.Text.Encoding.UTF8.GetBytes(chunk))));

    private async Task<JobOutcome?> RunAsync(
        ScriptedClient? client, SentAnswer sent, ContinuationPolicy continuation = ContinuationPolicy.Fail, bool cancelled = false, int attempt = 1)
    {
        var generator = new AnswerGenerator(
            Options.Create(new ChatJobsOptions { MaxAttempts = 3 }), Options.Create(new WorkerOptions { MaxAnswerLength = 100 }), NullLogger<AnswerGenerator>.Instance);
        var job = new ClaimedJob(new JobClaim("job", 1), ScriptedModel.Prompt, "owner", cancelled, 0, null, null, DateTimeOffset.UnixEpoch, null, attempt);
        using var model = client is null ? null : ScriptedModel.Of(client, continuation, showsReasoning: showsReasoning);
        return await generator.RunAsync(
            model,
            job,
            sent,
            execution,
            async (delta, _) =>
            {
                written.Add(delta);
                await onWrite();
            },
            writer.Token).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }
}
