using System.Net;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>More viewers than a process can have.</summary>
public sealed class ViewerLimitTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("MaxViewers", HttpStatusCode.ServiceUnavailable, "viewers_full")]
    [InlineData("MaxViewersPerCaller", HttpStatusCode.TooManyRequests, "too_many_viewers")]
    [InlineData("MaxViewersPerStream", HttpStatusCode.TooManyRequests, "too_many_viewers")]
    public async Task Viewer_beyond_the_limit_is_refused_until_one_leaves(string setting, HttpStatusCode status, string code)
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings => settings[$"ChatApi__{setting}"] = "2");
        cluster.Provider.Default = FakeAnswers.Stall();
        var api = cluster.Apis[0].Client;
        using var posted = await api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        var second = await api.ResumeAsync(posted.StreamId(), null, Cancel);

        using (var refused = await api.ResumeAsync(posted.StreamId(), null, Cancel))
        {
            Assert.Equal(status, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(5), refused.Headers.RetryAfter!.Delta);
            Assert.Equal(code, (await refused.JsonAsync(Cancel)).GetProperty("code").GetString());
        }

        second.Dispose();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var third = await api.ResumeAsync(posted.StreamId(), null, limit.Token);
            if (third.StatusCode == HttpStatusCode.OK)
            {
                break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    [Fact]
    public async Task Process_with_few_file_descriptors_refuses_viewers_and_survives_a_lost_Redis()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var cluster = await Cluster.StartAsync(apis: 0, workers: 1);
        cluster.Provider.Default = FakeAnswers.Stall();
        var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
        var alive = new Uri(address, "/alive");
        var program = Repository.Program("AgnoAspire.ApiService");
        await using var api = new ServerProcess(
            "api", address, "bash", ["-c", $"ulimit -n 640; exec dotnet '{program}'"], token => ServerProcess.AnswersAsync(alive, token))
        {
            Settings =
            {
                ["ASPNETCORE_URLS"] = address.OriginalString,
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_CONTENTROOT"] = Path.GetDirectoryName(program)!,
                ["ConnectionStrings__redis"] = cluster.ConnectionString,
                ["ChatJobs__KeyPrefix"] = cluster.KeyPrefix,
            },
        };
        await api.StartAsync(Cancel);
        using var first = await api.Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        var refusals = 0;
        var viewers = new List<HttpResponseMessage>();
        for (var i = 0; i < 500; i++)
        {
            try
            {
                var response = await api.Client.ResumeAsync(first.StreamId(), null, Cancel);
                refusals += response.StatusCode == HttpStatusCode.ServiceUnavailable ? 1 : 0;
                viewers.Add(response);
            }
            catch (HttpRequestException)
            {
                // Beyond the limit of connections.
            }
        }

        await cluster.Redis!.KillAsync();
        await cluster.Redis.StartAsync(Cancel);
        viewers.ForEach(viewer => viewer.Dispose());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await ServerProcess.AnswersAsync(new Uri(address, "/health"), limit.Token))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
        }

        Assert.InRange(refusals, 1, 499);
    }
}
