using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.Worker.Inference;

/// <summary>A comment is progress only where the provider's settings say so.</summary>
public sealed class AttemptTimeoutsTests
{
    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Comment_restarts_the_timeout_only_as_progress(bool isProgress, bool isTimedOut)
    {
        using var timeouts = Create();
        timeouts.Start();
        time.Advance(TimeSpan.FromSeconds(9));
        timeouts.OnComment(isProgress);
        time.Advance(TimeSpan.FromSeconds(9));

        Assert.Equal(isTimedOut, timeouts.Token.IsCancellationRequested);
        Assert.Equal(isTimedOut ? "The provider of model 'm' sent nothing but comments for 10 seconds." : null, timeouts.ToFailure("m")?.Message);
    }

    [Fact]
    public void Comment_starts_no_timeout_while_the_reader_is_busy()
    {
        using var timeouts = Create();
        timeouts.Start();
        timeouts.Pause();
        timeouts.OnComment(isProgress: true);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.False(timeouts.Token.IsCancellationRequested);
    }

    private AttemptTimeouts Create() => new(
        new InferenceTimeouts(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)), time, CancellationToken.None, CancellationToken.None);
}
