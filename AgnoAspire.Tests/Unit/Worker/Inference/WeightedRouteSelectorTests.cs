using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.Worker.Inference;

/// <summary>In which order routes are tried.</summary>
public sealed class WeightedRouteSelectorTests
{
    [Fact]
    public void Weights_are_kept_exactly_and_well_mixed()
    {
        var selector = Selector(3, 1, 0);

        Assert.Equal(["p0", "p0", "p1", "p0", "p0", "p0", "p1", "p0"], Enumerable.Range(0, 8).Select(_ => selector.Select()[0].Endpoint.Provider));
        Assert.All(Enumerable.Range(0, 8), _ => Assert.Equal("p2", selector.Select()[^1].Endpoint.Provider));
        Assert.Equal("p0, p1, p2", selector.Providers);
    }

    [Fact]
    public async Task Route_with_an_open_circuit_comes_last()
    {
        var time = new FakeTimeProvider();
        var failing = ScriptedModel.Breaker(time);
        var client = ScriptedModel.Fails(ScriptedModel.Failure());
        var selector = new WeightedRouteSelector([new ModelRoute(new ModelEndpoint("p0", client), failing, 1), new ModelRoute(new ModelEndpoint("p1", client), ScriptedModel.Breaker(time), 0)]);
        for (var i = 0; i < 5; i++)
        {
            using var timeouts = new AttemptTimeouts(new(TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1)), time, default, default);
            await using var attempt = new Attempt(new ModelRoute(new ModelEndpoint("p0", client), failing, 1), ScriptedModel.Prompt, null, timeouts, TestContext.Current.CancellationToken);
            await Assert.ThrowsAsync<InferenceException>(async () => await failing.StartAsync(attempt, "m", TestContext.Current.CancellationToken));
        }

        Assert.Equal(["p1", "p0"], selector.Select().Select(route => route.Endpoint.Provider));
    }

    private static WeightedRouteSelector Selector(params int[] weights)
    {
        var time = new FakeTimeProvider();
        return new([.. weights.Select((weight, index) => new ModelRoute(new ModelEndpoint($"p{index}", ScriptedModel.Texts(null)), ScriptedModel.Breaker(time), weight))]);
    }
}
