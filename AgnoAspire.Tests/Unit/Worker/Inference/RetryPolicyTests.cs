using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Tests.Unit.Worker.Inference;

/// <summary>How long to wait before all routes are tried again.</summary>
public sealed class RetryPolicyTests
{
    private readonly RetryPolicy policy = new(3);

    [Theory]
    [InlineData(1, 250, 500)]
    [InlineData(2, 500, 1000)]
    [InlineData(3, 1000, 2000)]
    public void Delay_doubles_each_round_and_half_of_it_is_jitter(int round, int minMilliseconds, int maxMilliseconds) =>
        Assert.All(Enumerable.Range(0, 50), _ => Assert.InRange(policy.Delay(ScriptedModel.Failure(), round)!.Value.TotalMilliseconds, minMilliseconds, maxMilliseconds));

    [Fact]
    public void Delay_comes_on_top_of_what_the_provider_asked_for() =>
        Assert.InRange(policy.Delay(ScriptedModel.Failure(retryAfter: TimeSpan.FromSeconds(5)), 1)!.Value, TimeSpan.FromSeconds(5.25), TimeSpan.FromSeconds(5.5));

    [Fact]
    public void Nothing_is_retried_that_cannot_help()
    {
        Assert.Null(policy.Delay(ScriptedModel.Failure(), 4));
        Assert.Null(policy.Delay(ScriptedModel.Failure(transient: false), 1));
        Assert.Null(policy.Delay(ScriptedModel.Failure(ErrorCode.ProviderTimeout), 1));
        Assert.Null(policy.Delay(ScriptedModel.Failure(retryAfter: TimeSpan.FromSeconds(21)), 1));
    }
}
