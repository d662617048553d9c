using System.Net;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>Whatever a provider does wrong becomes a typed error, never a silent success.</summary>
public sealed class ProviderFaultTests(FaultyProviderFixture fixture) : IClassFixture<FaultyProviderFixture>
{
    private readonly Cluster cluster = fixture.Cluster!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Faults => new()
    {
        { "in-stream error", ErrorCode.ProviderError },
        { "error event", ErrorCode.ProviderError },
        { "early close", ErrorCode.ProviderClosed },
        { "broken connection", ErrorCode.ProviderClosed },
        { "stall", ErrorCode.ProviderTimeout },
        { "garbage", ErrorCode.ProviderMalformed },
        { "401", ErrorCode.ProviderAuthentication },
        { "429", ErrorCode.ProviderRateLimited },
        { "500", ErrorCode.ProviderUnavailable },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Provider_fault_ends_the_stream_with_its_error_code(string fault, string code)
    {
        var seen = new TaskCompletionSource();
        cluster.Provider.For(fault, Answer(fault, seen.Task));
        using var response = await cluster.Apis[0].Client.PostAsync(ChatClient.Body(FaultyProviderFixture.ModelOf(fault), stream: true), Cancel);
        using (var watching = await cluster.Apis[1].Client.ResumeAsync(response.StreamId(), null, Cancel))
        {
            await watching.EventsAsync(Cancel, count: 1);
            seen.SetResult();
        }

        var events = await response.EventsAsync(Cancel);
        var terminal = events.AssertWhole();

        Assert.Equal(FinishReason.Error, terminal.FinishReason);
        Assert.Equal(code, terminal.Error!.Code);
        Assert.Equal(fault.Length == 3 ? "" : "some ", events.Text());
        Assert.Equal(fault.Length == 3 ? null : true, terminal.Usage?.Estimated);
        Assert.DoesNotContain("sk-test-secret", terminal.Error.Message);
    }

    [Fact]
    public async Task Provider_fault_without_streaming_is_a_problem()
    {
        cluster.Provider.For(FaultyProviderFixture.Unstreamed, Answer("429", Task.CompletedTask));
        using var response = await cluster.Apis[0].Client.PostAsync(ChatClient.Body(FaultyProviderFixture.ModelOf(FaultyProviderFixture.Unstreamed), stream: false), Cancel);
        var problem = await response.JsonAsync(Cancel);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter!.Delta);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(ErrorCode.ProviderRateLimited, problem.GetProperty("code").GetString());
        Assert.NotEmpty(problem.GetProperty("requestId").GetString()!);
    }

    private static FakeAnswer Answer(string fault, Task seen) => fault switch
    {
        "in-stream error" => FakeAnswers.After(FakeAnswers.Raw("data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\n"), "some "),
        "error event" => FakeAnswers.After(FakeAnswers.Raw("event: error\ndata: {\"message\":\"overloaded\"}\n\n"), "some "),
        "early close" => FakeAnswers.After(FakeAnswers.Close(), "some "),
        "broken connection" => FakeAnswers.After(Later(seen, FakeAnswers.Hangup()), "some "),
        "stall" => FakeAnswers.After(FakeAnswers.Stall(), "some "),
        "garbage" => FakeAnswers.After(FakeAnswers.Raw("data: {{{ not json\n\n"), "some "),
        "401" => FakeAnswers.Status(401, "{\"error\":{\"message\":\"Incorrect API key provided: sk-test-secret\"}}"),
        "429" => FakeAnswers.Status(429, "{\"error\":{\"message\":\"slow down\"}}", ("Retry-After", "1")),
        _ => FakeAnswers.Status(500),
    };

    // A connection that breaks takes what was just sent with it, so it breaks when the text has arrived.
    private static FakeAnswer Later(Task seen, FakeAnswer answer) => async exchange =>
    {
        await seen.WaitAsync(exchange.HungUp);
        await answer(exchange);
    };
}

/// <summary>A cluster with a model for each fault: a model that has failed often is not asked for a while, and each fault is to be met.</summary>
public sealed class FaultyProviderFixture : IAsyncLifetime
{
    public const string Unstreamed = "unstreamed";

    public Cluster? Cluster { get; private set; }

    public static string ModelOf(string fault) => $"model-of-{fault.Replace(' ', '-')}";

    public async ValueTask InitializeAsync() => Cluster = await Cluster.StartAsync(configure: settings =>
    {
        foreach (var fault in ProviderFaultTests.Faults.Select(row => row.Data.Item1).Append(Unstreamed))
        {
            settings[$"Models__{ModelOf(fault)}__Provider"] = "fake";
            settings[$"Models__{ModelOf(fault)}__UpstreamModel"] = fault;
            settings[$"Models__{ModelOf(fault)}__Retries"] = "0";
            settings[$"Models__{ModelOf(fault)}__IdleTimeout"] = "00:00:02";
        }
    });

    public async ValueTask DisposeAsync()
    {
        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }
    }
}
