using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Tests.Integration.Telemetry;
using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Tests.Integration.Worker.Providers;

/// <summary>An endpoint that fails is left alone by everybody, and taken back when it answers.</summary>
public sealed class EndpointCircuitBreakerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task After_five_failures_an_endpoint_is_left_alone_and_one_answer_brings_it_back()
    {
        await using var routed = await RoutedModel.StartAsync([1]);
        routed.Providers[0].Default = FakeAnswers.Status(503);

        var answers = await routed.AskAsync(times: 20);

        Assert.All(answers, answer => Assert.Equal($"[{ErrorCode.ProviderUnavailable}]", answer));
        Assert.Equal([5], routed.Requests);
        Assert.Single(routed.Host.Logs, line => line.StartsWith("Warning: Circuit opened for endpoint p0/upstream-0 for 00:00:10", StringComparison.Ordinal));

        routed.Providers[0].Default = FakeAnswers.Text("Well again.");
        routed.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal($"[{ErrorCode.ProviderUnavailable}]", await routed.AskAsync());
        routed.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["Well again.", "Well again."], await routed.AskAsync(times: 2));
        Assert.Single(routed.Host.Logs, line => line.StartsWith("Information: Circuit closed for endpoint p0/upstream-0.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Endpoint_without_credit_is_left_alone_and_another_answers()
    {
        await using var routed = await RoutedModel.StartAsync([1, 1]);
        routed.Providers[0].Default = FakeAnswers.Status(402, """{"error":{"message":"Insufficient credits"}}""");

        var answers = await routed.AskAsync(times: 20);

        Assert.All(answers, answer => Assert.Equal("p1", answer));
        Assert.Equal([5, 20], routed.Requests);
        Assert.Single(routed.Host.Logs, line => line.StartsWith("Warning: Circuit opened for endpoint p0/upstream-0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_tell_which_endpoint_is_left_alone_why_and_until_when()
    {
        await using var routed = await RoutedModel.StartAsync([1, 1]);
        using var measured = new Measurements(routed.Host.Meters);
        routed.Providers[0].Default = FakeAnswers.Status(503);

        await routed.AskAsync(times: 12);
        Assert.Equal([("p0/upstream-0", 1), ("p1/upstream-1", 0)], OpenNow(measured));
        var opening = Assert.Single(measured.Of("agno.provider.circuit.openings"));
        Assert.Equal(("p0/upstream-0", ErrorCode.ProviderUnavailable), (opening[EndpointCircuitBreakers.EndpointAttribute], opening["error.type"]));

        // Its break is over, but it has not been tried yet.
        routed.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([("p0/upstream-0", 1), ("p1/upstream-1", 0)], OpenNow(measured));
        await routed.AskAsync(times: 2);
        Assert.Equal(2, measured.Of("agno.provider.circuit.openings").Count);

        routed.Providers[0].Default = FakeAnswers.Text("p0");
        routed.Time.Advance(TimeSpan.FromSeconds(20));
        await routed.AskAsync(times: 2);
        Assert.Equal([("p0/upstream-0", 0), ("p1/upstream-1", 0)], OpenNow(measured));
    }

    [Fact]
    public async Task Many_jobs_at_once_do_not_hammer_an_endpoint_that_comes_back_slowly()
    {
        await using var routed = await RoutedModel.StartAsync([1]);
        routed.Providers[0].Default = FakeAnswers.Status(503);
        await routed.AskAsync(times: 5);
        routed.Time.Advance(TimeSpan.FromSeconds(10));
        using var gate = new SemaphoreSlim(0);
        routed.Providers[0].Default = FakeAnswers.Gated(gate, "Slowly.");

        var first = routed.AskAsync();
        await WaitForAsync(routed.Providers[0], 6);
        var others = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => routed.AskAsync()));
        gate.Release();

        Assert.All(others, answer => Assert.Equal($"[{ErrorCode.ProviderUnavailable}]", answer));
        Assert.Equal("Slowly.", await first.WaitAsync(Bound, TestContext.Current.CancellationToken));
        Assert.Equal([6], routed.Requests);
    }

    [Fact]
    public async Task A_rest_is_as_long_as_the_provider_asked_and_longer_each_time()
    {
        await using var routed = await RoutedModel.StartAsync([1]);
        routed.Providers[0].Default = FakeAnswers.Status(429, "", ("Retry-After", "45"));
        await routed.AskAsync(times: 5);
        routed.Time.Advance(TimeSpan.FromSeconds(44));
        Assert.Equal($"[{ErrorCode.ProviderRateLimited}]", await routed.AskAsync());
        Assert.Equal([5], routed.Requests);

        routed.Providers[0].Default = FakeAnswers.Status(503);
        string[] rests = ["00:00:45", "00:00:20", "00:00:40", "00:01:20", "00:02:00", "00:02:00"];
        foreach (var _ in rests.Skip(1))
        {
            routed.Time.Advance(TimeSpan.FromMinutes(2));
            await routed.AskAsync();
        }

        Assert.Equal(rests, routed.Host.Logs.Where(line => line.Contains("Circuit opened", StringComparison.Ordinal)).Select(line => line.Split(" for ")[2][..8]));
        Assert.Equal([10], routed.Requests);
    }

    [Fact]
    public async Task While_one_endpoint_rests_the_others_share_its_answers_and_it_gets_its_share_back()
    {
        await using var routed = await RoutedModel.StartAsync([1, 1]);
        routed.Providers[0].Default = FakeAnswers.Status(503);

        Assert.All(await routed.AskAsync(times: 20), answer => Assert.Equal("p1", answer));
        Assert.Equal([5, 20], routed.Requests);

        routed.Providers[0].Default = FakeAnswers.Text("p0");
        routed.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["p0", "p0", "p0", "p1", "p1", "p1"], (await routed.AskAsync(times: 6)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Bad_requests_and_cancels_say_nothing_about_an_endpoint()
    {
        await using var routed = await RoutedModel.StartAsync([1]);
        routed.Providers[0].Default = FakeAnswers.Status(400);
        await routed.AskAsync(times: 10);
        routed.Providers[0].Default = FakeAnswers.Stall();
        for (var time = 0; time < 10; time++)
        {
            await CancelOneAsync(routed);
        }

        routed.Providers[0].Default = FakeAnswers.Text("Fine.");

        Assert.Equal("Fine.", await routed.AskAsync());
    }

    [Fact]
    public async Task A_cancel_of_the_attempt_that_decides_leaves_the_endpoint_alone_for_longer()
    {
        await using var routed = await RoutedModel.StartAsync([1]);
        routed.Providers[0].Default = FakeAnswers.Status(503);
        await routed.AskAsync(times: 5);
        routed.Time.Advance(TimeSpan.FromSeconds(10));
        routed.Providers[0].Default = FakeAnswers.Stall();

        await CancelOneAsync(routed);

        Assert.Equal($"[{ErrorCode.ProviderUnavailable}]", await routed.AskAsync());
        Assert.Equal([6], routed.Requests);
    }

    [Fact]
    public async Task Two_models_at_one_endpoint_share_what_is_known_about_it()
    {
        await using var routed = await RoutedModel.StartAsync([1], ("Models:twin:Provider", "p0"), ("Models:twin:UpstreamModel", "upstream-0"), ("Models:twin:Retries", "0"));
        routed.Providers[0].Default = FakeAnswers.Status(503);
        await routed.AskAsync(times: 5);

        var (_, failure) = await DeltaReader.ReadAsync(routed.Host.Model("twin").StreamAsync(
            ModelCatalogHost.Prompt(model: "twin"), null, TestContext.Current.CancellationToken));

        Assert.Equal("The provider of model 'twin' has failed too often; its circuit is open.", failure?.Message);
        Assert.Equal([5], routed.Requests);
    }

    private static IEnumerable<(string Endpoint, double Value)> OpenNow(Measurements measured)
    {
        measured.Observe();
        return measured.Of("agno.provider.circuit.open")
            .Select(one => ($"{one[EndpointCircuitBreakers.EndpointAttribute]}", one.Value))
            .Where(one => one.Item1.StartsWith('p'))
            .TakeLast(2)
            .Order();
    }

    private static async Task CancelOneAsync(RoutedModel routed)
    {
        var before = routed.Providers[0].Exchanges.Count;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var asking = routed.AskAsync(cancel.Token);
        await WaitForAsync(routed.Providers[0], before + 1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    private static async Task WaitForAsync(FakeOpenAI provider, int requests)
    {
        while (provider.Exchanges.Count < requests)
        {
            await provider.NextAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Bound, TestContext.Current.CancellationToken);
        }
    }
}
