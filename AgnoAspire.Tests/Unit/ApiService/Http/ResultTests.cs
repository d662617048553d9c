using AgnoAspire.ApiService.Http;

namespace AgnoAspire.Tests.Unit.ApiService.Http;

/// <summary>A result is a value or a problem.</summary>
public sealed class ResultTests
{
    [Fact]
    public void Value_is_passed_to_the_next_step()
    {
        Result<string> result = "text";

        Assert.True(result.IsSuccess);
        Assert.Null(result.Problem);
        Assert.Equal([4], result.Then<int[]>(text => new[] { text.Length }).Value!);
    }

    [Fact]
    public void Problem_skips_the_next_step()
    {
        Result<string> result = ApiProblems.UnknownJob();

        Assert.False(result.IsSuccess);
        Assert.Null(result.Value);
        Assert.Same(result.Problem, result.Then<string>(_ => throw new InvalidOperationException()).Problem);
    }
}
