using System.Net;
using System.Net.Sockets;
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
    public async Task Connection_beyond_the_limit_is_told_so_and_closed_while_probes_are_answered()
    {
        const int Limit = 60;
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings => settings["ChatApi__MaxConnections"] = $"{Limit}");
        var address = cluster.Apis[0].Address;
        var held = new List<TcpClient>();
        var refused = "";
        try
        {
            while (held.Count < Limit && refused.Length == 0)
            {
                held.Add(new TcpClient());
                var answer = await GetAsync(held[^1], address, "/v1/models", isLast: false);
                refused = answer.StartsWith("HTTP/1.1 503", StringComparison.Ordinal) ? answer : "";
            }

            Assert.Contains("Connection: close", refused, StringComparison.Ordinal);
            Assert.Contains("Retry-After: 5", refused, StringComparison.Ordinal);
            Assert.Contains("\"code\":\"connections_full\"", refused, StringComparison.Ordinal);
            Assert.InRange(held.Count, 40, (Limit * 19 / 20) + 1);
            using var probe = new TcpClient();
            Assert.StartsWith("HTTP/1.1 200", await GetAsync(probe, address, "/alive", isLast: true), StringComparison.Ordinal);
        }
        finally
        {
            held.ForEach(client => client.Dispose());
        }
    }

    // Reads until the response is whole, by its code or its end of chunks.
    private static async Task<string> GetAsync(TcpClient client, Uri address, string path, bool isLast)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        await client.ConnectAsync(IPAddress.Loopback, address.Port, limit.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\n{(isLast ? "Connection: close\r\n" : "")}\r\n"), limit.Token);
        var answer = "";
        var buffer = new byte[8192];
        while (!IsWhole(answer) && await stream.ReadAsync(buffer, limit.Token) is > 0 and var count)
        {
            answer += Encoding.UTF8.GetString(buffer, 0, count);
        }

        return answer;
    }

    private static bool IsWhole(string answer) => answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal)
        || (answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) is > 0 and var head && answer.Contains("Content-Length: ", StringComparison.OrdinalIgnoreCase)
            && answer.Length >= head + 4 + int.Parse(answer.Split("Content-Length: ")[1].Split("\r\n")[0], null));

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
