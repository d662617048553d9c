namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>The clients people have, over connections that are cut in mid-answer, and with refusals before it.</summary>
public sealed class ResumeTests(ResumeFixture fixture) : IClassFixture<ResumeFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SSE_clients_resume_after_two_cuts_without_a_doubled_or_missing_word()
    {
        var cases = (await fixture.EventsAsync(Cancel)).EnumerateArray().ToArray();

        Assert.Equal(4 * 2 * 2, cases.Length);
        Assert.All(cases, AssertResumed);
        Assert.All(cases, seen => Assert.True(seen.GetProperty("done").GetBoolean()));
    }

    [Fact]
    public async Task SDKs_resume_after_two_cuts_through_the_resuming_fetch()
    {
        foreach (var seen in await SdksAsync())
        {
            AssertResumed(seen.GetProperty("resetResumed"));
            AssertResumed(seen.GetProperty("endedResumed"));
        }
    }

    [Fact]
    public async Task SDK_call_repeated_with_its_idempotency_key_gets_the_whole_answer_of_the_same_job()
    {
        foreach (var seen in await SdksAsync())
        {
            foreach (var cut in (string[])["reset", "ended"])
            {
                Assert.StartsWith(seen.GetProperty(cut).GetProperty("text").GetString()!, ResumeFixture.Story, StringComparison.Ordinal);
                Assert.Equal(1, seen.GetProperty(cut).GetProperty("cuts").GetInt32());
                Assert.Equal(ResumeFixture.Story, seen.GetProperty($"{cut}Repeated").GetProperty("text").GetString());
            }
        }

        // Of each SDK: two cut calls that were repeated, and two that were resumed. The SSE clients send no such field.
        var jobs = Exchanges("fake-story").Where(exchange => exchange.Body.Contains("top_k", StringComparison.Ordinal));
        Assert.Equal(4 * ResumeFixture.Sdks.Length, jobs.Count());
    }

    [Fact]
    public async Task Cut_at_every_event_doubles_neither_text_nor_finish_reason_nor_usage()
    {
        var cases = (await fixture.SdksAsync(Cancel)).GetProperty("everywhere").EnumerateArray().ToArray();

        foreach (var seen in cases)
        {
            Assert.Equal(ResumeFixture.ShortAnswer, seen.GetProperty("text").GetString());
            Assert.Equal("""["stop"]""", seen.GetProperty("finish").GetRawText());
            Assert.Equal("[12]", seen.GetProperty("usage").GetRawText());
        }

        Assert.Equal(1, cases[0].GetProperty("cuts").GetInt32());
        Assert.Equal(0, cases[^1].GetProperty("cuts").GetInt32());
    }

    [Fact]
    public async Task Resuming_fetch_gives_up_after_its_attempts_without_a_new_event()
    {
        var seen = (await fixture.SdksAsync(Cancel)).GetProperty("stuck");

        Assert.Equal("", seen.GetProperty("text").GetString());
        Assert.NotEmpty(seen.GetProperty("error").GetString()!);
        Assert.Equal(3, seen.GetProperty("requests").GetInt32());
    }

    [Fact]
    public async Task SDK_sees_an_early_failure_of_the_provider_as_its_HTTP_status()
    {
        foreach (var seen in await SdksAsync())
        {
            Assert.All(ResumeFixture.Refusals, status => Assert.Equal(status, seen.GetProperty("refused").GetProperty($"{status}").GetProperty("status").GetInt32()));
        }
    }

    [Fact]
    public async Task SDK_passes_unknown_fields_to_the_provider()
    {
        await fixture.SdksAsync(Cancel);

        foreach (var name in ResumeFixture.Sdks)
        {
            var exchanges = Exchanges($"fake-flaky-{name}");
            Assert.NotEmpty(exchanges);
            Assert.All(exchanges, exchange =>
            {
                var body = JsonSerializer.Deserialize<JsonElement>(exchange.Body);
                Assert.Equal(7, body.GetProperty("top_k").GetInt32());
                Assert.Equal("""{"enable_thinking":false}""", body.GetProperty("chat_template_kwargs").GetRawText());
            });
        }
    }

    [Fact]
    public async Task Compatibility_document_has_what_the_clients_did() => await ClientTable.VerifyAsync(await fixture.SdksAsync(Cancel), Cancel);

    private async Task<JsonElement[]> SdksAsync()
    {
        var seen = (await fixture.SdksAsync(Cancel)).GetProperty("seen").EnumerateArray().ToArray();
        Assert.Equal(ResumeFixture.Sdks, seen.Select(item => item.GetProperty("client").GetString()));
        return seen;
    }

    private FakeExchange[] Exchanges(string model) => [.. fixture.Cluster.Provider.Exchanges.Where(exchange => exchange.Model == model)];

    private static void AssertResumed(JsonElement seen)
    {
        Assert.Equal(ResumeFixture.Story, seen.GetProperty("text").GetString());
        Assert.Equal(2, seen.GetProperty("cuts").GetInt32());
        Assert.Equal(3, seen.GetProperty("requests").GetInt32());
        Assert.InRange(seen.GetProperty("keys").GetInt32(), 0, 1);
        Assert.All(seen.GetProperty("resumedAfter").EnumerateArray(), id => Assert.NotEmpty(id.GetString()!));
    }
}
