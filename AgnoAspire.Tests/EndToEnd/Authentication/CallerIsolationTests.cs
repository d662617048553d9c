using System.Text.RegularExpressions;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.Tests.EndToEnd.OpenAIApi;
using AgnoAspire.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.EndToEnd.Authentication;

/// <summary>
/// What a caller can learn about another's chats on real processes: nothing, neither from answers nor from the time they take. Time is shown by
/// what Redis is asked, as that is all the time there is.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed partial class CallerIsolationTests(ApiFixture fixture)
{
    private const string NoSuchId = "0123456789abcdef0123456789abcdef";

    private static readonly HashSet<string> Fresh = new(["Date", "X-Request-Id", "X-Stream-Id", StreamTokens.Header, "Location"], StringComparer.OrdinalIgnoreCase);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/api/v1/chat/{0}")]
    [InlineData("GET", "/api/v1/chat/{0}/stream")]
    [InlineData("DELETE", "/api/v1/chat/{0}")]
    [InlineData("GET", "/v1/chat/completions/chatcmpl-{0}/stream")]
    [InlineData("DELETE", "/v1/chat/completions/{0}")]
    public async Task Redis_commands_are_the_same_for_foreign_and_unknown_chats(string method, string path)
    {
        using var alices = await fixture.One.CompleteAsync(OpenAICalls.Body("demo", true, ("max_tokens", 3)), Cancel);
        await alices.EventsAsync(Cancel);
        await using var monitor = await MonitorAsync();

        var others = await AnswerAsync(method, string.Format(path, alices.StreamId()), ApiFixture.Bob);
        var nobodys = await AnswerAsync(method, string.Format(path, NoSuchId), ApiFixture.Bob);
        var api = await AddressOfTwoAsync(monitor);

        // Without what scripts execute, which MONITOR reports as commands of "lua".
        var aboutNobodys = (await monitor.CommandsAboutAsync(NoSuchId, Cancel)).Where(command => command.From == api);
        var aboutOthers = (await monitor.CommandsAboutAsync(alices.StreamId(), Cancel)).Where(command => command.From == api);

        Assert.StartsWith("404", others);
        Assert.Equal(nobodys, others);
        Assert.NotEmpty(aboutNobodys);
        Assert.Equal(aboutNobodys, aboutOthers);
    }

    [Fact]
    public async Task Invalid_stream_tokens_get_equal_responses_and_equal_or_no_Redis_commands()
    {
        using var first = await fixture.One.CompleteAsync(OpenAICalls.Body("demo", true, ("max_tokens", 3)), Cancel);
        using var second = await fixture.One.CompleteAsync(OpenAICalls.Body("demo", true, ("max_tokens", 3)), Cancel);
        await first.EventsAsync(Cancel);
        await second.EventsAsync(Cancel);
        await using var monitor = await MonitorAsync();
        var api = await AddressOfTwoAsync(monitor);
        var valid = first.Headers.GetValues(StreamTokens.Header).Single();
        var expired = await CreateTokenAsync(first.StreamId(), age: TimeSpan.FromHours(1));

        // The same token, not yet expired, is valid: only its age makes it invalid.
        Assert.StartsWith("200", await AnswerAsync("GET", Address(first.StreamId(), await CreateTokenAsync(first.StreamId(), age: TimeSpan.Zero)), key: null));
        var answers = new List<string>();
        foreach (var (id, token) in ((string, string)[])
        [
            (second.StreamId(), "made-up"), (second.StreamId(), expired), ("no-id", valid), (NoSuchId, expired), (NoSuchId, "made-up"),
        ])
        {
            answers.Add(await AnswerAsync("GET", Address(id, token), key: null));
        }

        Assert.DoesNotContain(await monitor.CommandsAboutAsync(second.StreamId(), Cancel), command => command.From == api);
        Assert.DoesNotContain(await monitor.CommandsAboutAsync(NoSuchId, Cancel), command => command.From == api);
        answers.Add(await AnswerAsync("GET", Address(second.StreamId(), valid), key: null));
        answers.Add(await AnswerAsync("GET", Address(second.StreamId(), valid[..^4] + "AAAA"), key: null));
        answers.Add(await AnswerAsync("GET", Address(NoSuchId, valid), key: null));
        answers.Add(await AnswerAsync("GET", Address(NoSuchId, valid[..^4] + "AAAA"), key: null));

        Assert.StartsWith("401", answers[0]);
        Assert.Single(answers.Distinct());
        var aboutExisting = (await monitor.CommandsAboutAsync(second.StreamId(), Cancel)).Where(command => command.From == api);
        var aboutUnknown = (await monitor.CommandsAboutAsync(NoSuchId, Cancel)).Where(command => command.From == api);
        Assert.Equal(aboutUnknown, aboutExisting);
        Assert.NotEmpty(aboutUnknown);
    }

    [Fact]
    public async Task Token_of_a_repeated_request_is_valid_for_the_existing_job()
    {
        (string, string) key = ("Idempotency-Key", "repeated-for-its-token");
        var body = OpenAICalls.Body("demo", true, ("max_tokens", 3));
        using var first = await PostAsync(ApiFixture.Alice, body, key);
        await first.EventsAsync(Cancel);
        using var again = await PostAsync(ApiFixture.Alice, body, key);
        await again.EventsAsync(Cancel);

        Assert.Equal(first.StreamId(), again.StreamId());
        Assert.StartsWith("200", await AnswerAsync("GET", Address(first.StreamId(), again.Headers.GetValues(StreamTokens.Header).Single()), key: null));
    }

    [Fact]
    public async Task Idempotency_key_of_another_caller_looks_unused()
    {
        (string, string) stolen = ("Idempotency-Key", "alices-own-key");
        var alicesBody = OpenAICalls.Body("demo", true, ("max_tokens", 5));
        var bobsBody = OpenAICalls.Body("demo", true, ("max_tokens", 3));
        using var alices = await fixture.One.SendAsync(HttpMethod.Post, OpenAICalls.Path, ApiFixture.Alice, Cancel, alicesBody, stolen);
        var alicesEvents = await alices.EventsAsync(Cancel);
        var alicesJob = await AnswerAsync("GET", $"/api/v1/chat/{alices.StreamId()}", ApiFixture.Alice);
        await using var monitor = await MonitorAsync();

        using var bobs = await PostAsync(ApiFixture.Bob, bobsBody, stolen);
        using var fresh = await PostAsync(ApiFixture.Bob, bobsBody, ("Idempotency-Key", "a-key-never-used"));
        var bobsText = (await bobs.EventsAsync(Cancel)).Chunks().TextOf();
        var freshText = (await fresh.EventsAsync(Cancel)).Chunks().TextOf();

        // The same answer, about a job of its own, and not a question to Redis about the owner's.
        Assert.Equal(fresh.StatusCode, bobs.StatusCode);
        Assert.Equal(Names(fresh), Names(bobs));
        Assert.Equal(freshText, bobsText);
        Assert.NotEqual(alices.StreamId(), bobs.StreamId());
        var api = await AddressOfTwoAsync(monitor);
        Assert.Contains(await monitor.CommandsAboutAsync(bobs.StreamId(), Cancel), command => command.From == api);
        Assert.DoesNotContain(await monitor.CommandsAboutAsync(alices.StreamId(), Cancel), command => command.From == api);

        // The owner's job is as it was, and the owner's key still leads to it.
        Assert.Equal(alicesJob, await AnswerAsync("GET", $"/api/v1/chat/{alices.StreamId()}", ApiFixture.Alice));
        using var again = await PostAsync(ApiFixture.Alice, alicesBody, stolen);
        Assert.Equal(alices.StreamId(), again.StreamId());
        Assert.Equal(alicesEvents.Select(item => WithoutTime(item.Data)), (await again.EventsAsync(Cancel)).Select(item => WithoutTime(item.Data)));
    }

    [Fact]
    public async Task Guessed_job_id_gives_no_access()
    {
        const string Key = "guessable";
        using var alices = await PostAsync(ApiFixture.Alice, OpenAICalls.Body("demo", true, ("max_tokens", 3)), ("Idempotency-Key", Key));
        await alices.EventsAsync(Cancel);
        var guessed = JobId.Of(CallerIdentity.OfKey("alice"), Key);

        Assert.Equal(alices.StreamId(), guessed);
        foreach (var (method, path) in ((string, string)[])[("GET", "/api/v1/chat/{0}"), ("GET", "/api/v1/chat/{0}/stream"), ("DELETE", "/api/v1/chat/{0}")])
        {
            var answer = await AnswerAsync(method, string.Format(path, guessed), ApiFixture.Bob);
            Assert.StartsWith("404", answer);
            Assert.Equal(await AnswerAsync(method, string.Format(path, NoSuchId), ApiFixture.Bob), answer);
        }
    }

    private async Task<RedisMonitor> MonitorAsync()
    {
        Assert.SkipWhen(fixture.Cluster.Redis is null, "no redis-server on this machine");
        return await RedisMonitor.StartAsync(fixture.Cluster.Redis!.Address.Port, Cancel);
    }

    // What the second replica sends, which all strangers call, as against what workers and the owner's replica do about the same chat.
    private async Task<string> AddressOfTwoAsync(RedisMonitor monitor)
    {
        var id = JobId.New();
        await AnswerAsync("GET", $"/api/v1/chat/{id}", ApiFixture.Bob);
        return (await monitor.CommandsAboutAsync(id, Cancel))[0].From;
    }

    private Task<HttpResponseMessage> PostAsync(string key, object body, (string, string) header) =>
        fixture.Two.SendAsync(HttpMethod.Post, OpenAICalls.Path, key, Cancel, body, header);

    // All there is of an answer but the id of its request.
    private async Task<string> AnswerAsync(string method, string path, string? key)
    {
        using var response = await fixture.Two.SendAsync(new HttpMethod(method), path, key, Cancel);
        var body = RequestId.Replace(await response.Content.ReadAsStringAsync(Cancel), "");
        return $"{(int)response.StatusCode}\n{string.Join('\n', Names(response))}\n\n{body}";
    }

    // Names and values, but for those that are new with each answer.
    private static IEnumerable<string> Names(HttpResponseMessage response) => response.Headers.Concat(response.Content.Headers)
        .Select(header => Fresh.Contains(header.Key) ? header.Key : $"{header.Key}: {string.Join(',', header.Value)}")
        .Order(StringComparer.Ordinal);

    private static string WithoutTime(string data) => Created.Replace(data, "");

    private static string Address(string id, string token) => $"/api/v1/chat/{id}/stream?token={Uri.EscapeDataString(token)}";

    // A token as a replica would have created it some time ago, from the job's secret.
    private async Task<string> CreateTokenAsync(string jobId, TimeSpan age)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = fixture.Cluster.ConnectionString,
            ["ChatJobs:KeyPrefix"] = fixture.Cluster.KeyPrefix,
        });
        builder.AddChatJobs();
        using var host = builder.Build();
        await host.StartAsync(Cancel);
        var job = await host.Services.GetRequiredService<JobStore>().ReadAsync(jobId);
        await host.StopAsync(Cancel);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow() - age);
        return new StreamTokens(Options.Create(new ChatAuthenticationOptions()), time).Create(jobId, job!.Owner, job.Secret.Span);
    }

    [GeneratedRegex("\"requestId\":\"[^\"]*\"")]
    private static partial Regex RequestId { get; }

    [GeneratedRegex("\"created\":[0-9]+")]
    private static partial Regex Created { get; }
}
