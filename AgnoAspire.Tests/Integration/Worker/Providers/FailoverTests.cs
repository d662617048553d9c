using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Integration.Worker.Providers;

/// <summary>A model with several endpoints: who answers, who steps in, and that a shown text is never withdrawn.</summary>
public sealed class FailoverTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Answers_are_shared_out_by_weight_exactly_and_well_mixed()
    {
        await using var routed = await RoutedModel.StartAsync([3, 1, 0]);

        var answers = await routed.AskAsync(times: 8);

        Assert.Equal(["p0", "p0", "p1", "p0", "p0", "p0", "p1", "p0"], answers);
        Assert.Equal(["upstream-0", "upstream-1"], routed.Providers.SelectMany(provider => provider.Exchanges).Select(exchange => exchange.Model).Distinct());
    }

    [Theory]
    [InlineData("503")]
    [InlineData("429")]
    [InlineData("401")]
    [InlineData("402")]
    [InlineData("404")]
    [InlineData("hangup")]
    [InlineData("close")]
    [InlineData("error event")]
    [InlineData("a page")]
    public async Task Whatever_an_endpoint_does_before_the_first_text_the_next_one_answers_at_once(string fault)
    {
        await using var routed = await RoutedModel.StartAsync([1, 0]);
        routed.Providers[0].Default = fault switch
        {
            "hangup" => FakeAnswers.Hangup(),
            "close" => FakeAnswers.Close(),
            "error event" => FakeAnswers.Raw("data: {\"error\":{\"message\":\"overloaded\"}}\n\n"),
            "a page" => FakeAnswers.Raw("<html>Welcome</html>", "text/html"),
            _ => FakeAnswers.Status(int.Parse(fault, null), "", ("Retry-After", "3600")),
        };

        Assert.Equal("p1", await routed.AskAsync());
        Assert.Equal([1, 1], routed.Requests);
    }

    [Fact]
    public async Task An_endpoint_that_is_silent_for_too_long_is_hung_up_on_and_the_next_one_answers()
    {
        await using var routed = await RoutedModel.StartAsync([1, 0], ("Models:m:FirstTokenTimeout", "00:00:10"));
        routed.Providers[0].Then(FakeAnswers.Stall());

        var asking = routed.AskAsync();
        var silent = await routed.Providers[0].NextAsync(TestContext.Current.CancellationToken);
        routed.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("p1", await asking.WaitAsync(Bound, TestContext.Current.CancellationToken));
        await silent.Aborted.WaitAsync(Bound, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Once_text_was_shown_nobody_else_is_asked()
    {
        await using var routed = await RoutedModel.StartAsync([1, 1], ("Models:m:Retries", "5"));
        routed.Providers[0].Then(FakeAnswers.After(FakeAnswers.Close(), "Once", " upon"));

        Assert.Equal($"Once upon[{ErrorCode.ProviderClosed}]", await routed.AskAsync());
        Assert.Equal([1, 0], routed.Requests);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task A_request_that_is_itself_at_fault_is_not_carried_from_door_to_door(int status)
    {
        await using var routed = await RoutedModel.StartAsync([1, 0], ("Models:m:Retries", "5"));
        routed.Providers[0].Default = FakeAnswers.Status(status, """{"error":{"message":"max_tokens is too large"}}""");

        Assert.Equal($"[{ErrorCode.ProviderRejected}]", await routed.AskAsync());
        Assert.Equal([1, 0], routed.Requests);
    }

    [Fact]
    public async Task When_all_have_failed_all_are_tried_again_after_the_shortest_wait_asked_for()
    {
        await using var routed = await RoutedModel.StartAsync([1, 0], ("Models:m:Retries", "1"));
        routed.Providers[0].Then(FakeAnswers.Status(503, "", ("Retry-After", "15")));
        routed.Providers[1].Then(FakeAnswers.Status(429, "", ("Retry-After", "7")));
        var waited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var asking = DeltaReader.ReadAsync(routed.Model.StreamAsync(
            ModelCatalogHost.Prompt(), null, waits => _ = waits && waited.TrySetResult(), null, TestContext.Current.CancellationToken));
        await waited.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
        await routed.Providers[0].NextAsync(TestContext.Current.CancellationToken);
        var again = routed.Providers[0].NextAsync(TestContext.Current.CancellationToken).AsTask();
        for (var tick = 0; tick < 80 && !again.IsCompleted; tick++)
        {
            // 8 seconds in all, which is past the shorter wait and short of the longer.
            routed.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(again, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        var (pieces, failure) = await asking.WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.Null(failure);
        Assert.Equal("p0", pieces.Text());
        Assert.Equal([2, 1], routed.Requests);
    }

    [Fact]
    public async Task When_nobody_answers_the_failure_is_the_first_ones()
    {
        await using var routed = await RoutedModel.StartAsync([1, 0]);
        routed.Providers[0].Default = FakeAnswers.Status(500);
        routed.Providers[1].Default = FakeAnswers.Status(401);

        Assert.Equal($"[{ErrorCode.ProviderUnavailable}]", await routed.AskAsync());
        Assert.Equal([1, 1], routed.Requests);
        Assert.Contains(routed.Host.Logs, line => line.Contains("Endpoint p0/upstream-0 failed before the first token for model m: provider_unavailable", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_text_to_continue_after_goes_to_whoever_steps_in()
    {
        await using var routed = await RoutedModel.StartAsync([1, 0]);
        routed.Providers[0].Default = FakeAnswers.Status(500);

        await DeltaReader.ReadAsync(routed.Model.StreamAsync(ModelCatalogHost.Prompt(), "Once upon", TestContext.Current.CancellationToken));

        Assert.Contains("Once upon", Assert.Single(routed.Providers[1].Exchanges).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancel_is_no_failure_and_sends_nobody_else()
    {
        await using var routed = await RoutedModel.StartAsync([1, 0]);
        routed.Providers[0].Then(FakeAnswers.Stall());
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var asking = routed.AskAsync(cancel.Token);
        await routed.Providers[0].NextAsync(TestContext.Current.CancellationToken);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal([1, 0], routed.Requests);
    }
}
