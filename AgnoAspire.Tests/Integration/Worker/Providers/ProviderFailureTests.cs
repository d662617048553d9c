using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Tests.Integration.Worker.Providers;

/// <summary>Whatever a provider does wrong is a typed failure, never a quiet success.</summary>
public sealed class ProviderFailureTests
{
    private const string ErrorJson = """{"error":{"message":"The server had an error.","type":"server_error","code":null}}""";

    /// <summary>What a provider does after the texts "Once" and " upon", by the code it becomes and whether trying again may help.</summary>
    public static readonly TheoryData<string, string, bool, string> InStream = new()
    {
        { $"data: {ErrorJson}\n\n", ErrorCode.ProviderError, true, "The server had an error." },
        { $"event: error\ndata: {ErrorJson}\n\n", ErrorCode.ProviderError, true, "The server had an error." },
        { "event: error\ndata: out of memory\n\n", ErrorCode.ProviderError, true, "out of memory" },
        { "error: {\"code\":500,\"message\":\"slot gone\"}\n\n", ErrorCode.ProviderError, true, "" },
        { "data: {\"error\":\"unexpected EOF\"}\n\n", ErrorCode.ProviderError, true, "unexpected EOF" },
        { "data: {\"object\":\"error\",\"message\":\"too \\\"error\\\" long\",\"code\":400}\n\n", ErrorCode.ProviderError, false, "too" },
        { "data: {\"error\":{\"message\":\"bad\",\"type\":\"invalid_request_error\"}}\n\n", ErrorCode.ProviderError, false, "bad" },
        { "", ErrorCode.ProviderClosed, true, "closed the stream" },
        { "data: [DONE]\n\n", ErrorCode.ProviderClosed, true, "closed the stream" },
        { "data: {\"choices\":[{\"ind", ErrorCode.ProviderClosed, true, "closed the stream" },
        { "data: {{{\n\n", ErrorCode.ProviderMalformed, false, "" },
        { "data: 7\n\n", ErrorCode.ProviderMalformed, false, "" },
        { "data: {\"choices\":7}\n\n", ErrorCode.ProviderClosed, true, "closed the stream" },
        { "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\ud83d\"}}]}\n\n", ErrorCode.ProviderMalformed, false, "" },
        { "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"network_error\"}]}\n\n", ErrorCode.ProviderError, true, "network_error" },
        { "data: " + new string('x', 300_000), ErrorCode.ProviderMalformed, false, "an event of more than" },
    };

    /// <summary>How a provider refuses.</summary>
    public static readonly TheoryData<int, string, string, bool> Refusals = new()
    {
        { 400, """{"error":{"message":"max_tokens is too large","type":"invalid_request_error"}}""", ErrorCode.ProviderRejected, false },
        { 401, $$$"""{"error":{"message":"Incorrect API key provided: {{{ModelCatalogHost.Key}}}"}}""", ErrorCode.ProviderAuthentication, false },
        { 403, "no", ErrorCode.ProviderAuthentication, false },
        { 404, """{"error":"model 'm' not found"}""", ErrorCode.ProviderRejected, false },
        { 408, "", ErrorCode.ProviderRejected, true },
        { 429, """{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}""", ErrorCode.ProviderRateLimited, true },
        { 429, """{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}""", ErrorCode.ProviderRateLimited, false },
        { 500, ErrorJson, ErrorCode.ProviderUnavailable, true },
        { 503, "<html>busy</html>", ErrorCode.ProviderUnavailable, true },
        { 302, "", ErrorCode.ProviderRejected, false },
    };

    [Theory]
    [MemberData(nameof(InStream))]
    public async Task A_fault_in_mid_answer_is_a_typed_failure_after_the_text_before_it(string bytes, string code, bool transient, string words)
    {
        var (pieces, failure) = await AskAsync(FakeAnswers.After(FakeAnswers.Raw(bytes), "Once", " upon"));

        Assert.Equal("Once upon", pieces.Text());
        AssertFailure(failure, code, transient);
        Assert.Contains(words, failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(InStream))]
    public async Task A_fault_in_the_same_packet_as_text_does_not_swallow_the_text(string bytes, string code, bool transient, string words)
    {
        const string Text = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Once upon\"}}]}\n\n";

        var (pieces, failure) = await AskAsync(FakeAnswers.Raw(Text + bytes));

        Assert.Equal("Once upon", pieces.Text());
        AssertFailure(failure, code, transient);
        Assert.Contains(words, failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_is_a_typed_failure(int status, string body, string code, bool transient)
    {
        var (pieces, failure) = await AskAsync(FakeAnswers.Status(status, body));

        Assert.Empty(pieces);
        AssertFailure(failure, code, transient);
        Assert.Contains($"{status}", failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html><body>Welcome</body></html>", "text/html", ErrorCode.ProviderMalformed)]
    [InlineData("Welcome\nto this page\n", "text/event-stream", ErrorCode.ProviderMalformed)]
    [InlineData("", "text/event-stream", ErrorCode.ProviderClosed)]
    [InlineData("""{"error":{"message":"upstream gone"}}""", "application/json", ErrorCode.ProviderError)]
    [InlineData("""{"choices":[]}""", "application/json", ErrorCode.ProviderMalformed)]
    public async Task A_success_that_is_no_event_stream_is_a_failure(string body, string contentType, string code)
    {
        var (pieces, failure) = await AskAsync(FakeAnswers.Raw(body, contentType));

        Assert.Empty(pieces);
        Assert.Equal(code, failure?.Code);
    }

    [Fact]
    public async Task A_broken_connection_is_a_closed_stream()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(FakeAnswers.After(FakeAnswers.Stall(), "Once"));
        await using var pieces = host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.True(await pieces.MoveNextAsync());
        fake.Exchanges.Single().Hangup();

        AssertFailure(await Assert.ThrowsAsync<InferenceException>(async () => await pieces.MoveNextAsync()), ErrorCode.ProviderClosed, transient: true);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_an_unavailable_provider()
    {
        await using var host = await ModelCatalogHost.StartAsync(new Uri("http://127.0.0.1:1/v1"));

        var (_, failure) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        AssertFailure(failure, ErrorCode.ProviderUnavailable, transient: true);
    }

    [Fact]
    public async Task How_long_a_provider_wants_to_be_left_alone_is_kept()
    {
        var (_, failure) = await AskAsync(FakeAnswers.Status(429, "", ("Retry-After", "17")));

        AssertFailure(failure, ErrorCode.ProviderRateLimited, transient: true);
        Assert.Equal(TimeSpan.FromSeconds(17), failure!.RetryAfter);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ("Providers:fake:MaxResponseBytes", "100000"));
        fake.Then(FakeAnswers.Endless(": still here\n\n"));

        var (_, failure) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        AssertFailure(failure, ErrorCode.ProviderMalformed, transient: false);
        await fake.Exchanges.Single().Aborted.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_providers_words_are_one_short_line_without_the_key()
    {
        var hostile = $"\\u001b[31mKey {ModelCatalogHost.Key}\\r\\nor sk-abc***wxyz or Bearer abcdef {new string('!', 5000)}";

        var (_, failure) = await AskAsync(FakeAnswers.Status(500, $$$"""{"error":{"message":"{{{hostile}}}"}}"""));

        Assert.InRange(failure!.Message.Length, 1, 400);
        Assert.DoesNotContain(failure.Message, char.IsControl);
        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("wxyz", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef", failure.ToString(), StringComparison.Ordinal);
    }

    private static async Task<(List<CompletionDelta> Pieces, InferenceException? Failure)> AskAsync(FakeAnswer answer)
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(answer);
        var result = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt("a very private prompt"), null, TestContext.Current.CancellationToken));
        Assert.All(host.Logs, line => Assert.DoesNotContain(ModelCatalogHost.Key, line, StringComparison.Ordinal));
        Assert.All(host.Logs, line => Assert.DoesNotContain("private", line, StringComparison.Ordinal));
        return result;
    }

    private static void AssertFailure(InferenceException? failure, string code, bool transient)
    {
        Assert.NotNull(failure);
        Assert.Equal((code, transient), (failure.Code, failure.Transient));
        Assert.Contains("'m'", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(ModelCatalogHost.Key, failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("private", failure.ToString(), StringComparison.Ordinal);
    }
}
