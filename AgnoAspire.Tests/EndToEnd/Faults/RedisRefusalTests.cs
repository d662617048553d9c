using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>A Redis that answers but does not do its work: <c>/health</c> and the log say why.</summary>
public sealed class RedisRefusalTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("WRONGPASS", "refuses user or password", ",password=wrong", "CONFIG SET requirepass right")]
    [InlineData("WRONGPASS", "refuses user or password", ",user=agno,password=wrong", "ACL SETUSER agno on >right ~* &* +@all")]
    [InlineData("NOAUTH", "requires the right user and password", "", "CONFIG SET requirepass right")]
    [InlineData("NOPERM", "ACL of Redis forbids", ",user=agno,password=right", "ACL SETUSER agno on >right ~other:* resetchannels +@all")]
    [InlineData("READONLY", "read-only replica", "", "REPLICAOF 127.0.0.1 1")]
    [InlineData("OOM", "memory of Redis is full", "", "CONFIG SET maxmemory 1")]
    public async Task Refusal_is_logged_once_and_reported_by_health(string code, string advice, string credentials, string refuse)
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var redis = await RedisServer.StartAsync();
        await ExecuteAsync(redis, refuse);
        await using var api = CreateApi(redis.Address.Authority + credentials);
        await api.StartAsync(Cancel);

        await HealthAsync(api, "Unhealthy", advice);
        await HealthAsync(api, "Unhealthy", advice);

        var lines = api.Output.Split('\n').Where(line => line.Contains($" {code}: ", StringComparison.Ordinal));
        Assert.Contains(advice, Assert.Single(lines), StringComparison.Ordinal);
        Assert.DoesNotContain("StackExchange.Redis", api.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Untrusted_certificate_is_reported()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var folder = Directory.CreateTempSubdirectory("agno-tls-");
        try
        {
            var (pem, keyFile) = (Path.Combine(folder.FullName, "redis.crt"), Path.Combine(folder.FullName, "redis.key"));
            await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem(), Cancel);
            await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem(), Cancel);
            var port = Ports.Free();
            await using var redis = new ServerProcess(
                "redis", new Uri($"rediss://127.0.0.1:{port}"), "redis-server",
                ["--port", "0", "--tls-port", $"{port}", "--tls-cert-file", pem, "--tls-key-file", keyFile, "--tls-ca-cert-file", pem, "--tls-auth-clients", "no", "--save", ""],
                token => AcceptsAsync(port, token));
            await redis.StartAsync(Cancel);
            await using var api = CreateApi(redis.Address.OriginalString);
            await api.StartAsync(Cancel);

            await HealthAsync(api, "Unhealthy", "certificate is not trusted");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Evicting_Redis_is_degraded_where_the_user_may_ask()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var redis = await RedisServer.StartAsync();
        await using var api = CreateApi(redis.Address.Authority);
        await api.StartAsync(Cancel);
        await HealthAsync(api, "Healthy", "");

        await ExecuteAsync(redis, "CONFIG SET maxmemory-policy allkeys-lru");
        await HealthAsync(api, "Degraded", "maxmemory-policy of Redis is allkeys-lru");

        await ExecuteAsync(redis, "ACL SETUSER default -info");
        await HealthAsync(api, "Healthy", "");
    }

    // The client asks for the roles each second, in a heartbeat each second; the rest is for the connections.
    [Fact]
    public async Task Swapped_roles_of_listed_servers_heal()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var one = await RedisServer.StartAsync();
        await using var two = await RedisServer.StartAsync();
        await ExecuteAsync(two, $"REPLICAOF 127.0.0.1 {one.Address.Port}");
        await using var api = CreateApi($"{one.Address.Authority},{two.Address.Authority}");
        await api.StartAsync(Cancel);
        await HealthAsync(api, "Healthy", "");

        await ExecuteAsync(two, "REPLICAOF NO ONE");
        await ExecuteAsync(one, $"REPLICAOF 127.0.0.1 {two.Address.Port}");

        await HealthAsync(api, "Healthy", "", TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Promoted_replica_is_used_while_the_old_primary_still_claims_to_be_one()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var one = RedisServer.Create(null, null, "--min-replicas-to-write", "1");
        await one.StartAsync(Cancel);
        await using var two = await RedisServer.StartAsync();
        await ExecuteAsync(two, $"REPLICAOF 127.0.0.1 {one.Address.Port}");
        await using var api = CreateApi($"{one.Address.Authority},{two.Address.Authority}");
        await api.StartAsync(Cancel);
        await HealthAsync(api, "Healthy", "");

        await ExecuteAsync(two, "REPLICAOF NO ONE");

        await HealthAsync(api, "Healthy", "");
        Assert.Contains(two.Address.Authority, await ReadAsync(two, "__Booksleeve_TieBreak"), StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(ServerProcess redis, string key)
    {
        await using var reader = await ConnectionMultiplexer.ConnectAsync(redis.Address.Authority);
        return (await reader.GetDatabase().StringGetAsync(key)).ToString();
    }

    private static ServerProcess CreateApi(string connectionString)
    {
        var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
        var alive = new Uri(address, "/alive");
        var program = Repository.Program("AgnoAspire.ApiService");
        return new ServerProcess("api", address, "dotnet", [program], token => ServerProcess.AnswersAsync(alive, token))
        {
            Settings =
            {
                ["ASPNETCORE_URLS"] = address.OriginalString,
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_CONTENTROOT"] = Path.GetDirectoryName(program)!,
                ["ConnectionStrings__redis"] = connectionString,
                ["Logging__Console__FormatterName"] = "simple",
            },
        };
    }

    private static async Task ExecuteAsync(ServerProcess redis, string command)
    {
        await using var administrator = await ConnectionMultiplexer.ConnectAsync($"{redis.Address.Authority},allowAdmin=true");
        var words = command.Split(' ');
        await administrator.GetServer(redis.Address.Authority).ExecuteAsync(words[0], [.. words[1..]]);
    }

    private static async Task HealthAsync(ServerProcess api, string status, string text, TimeSpan? within = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(within ?? TimeSpan.FromSeconds(30));
        var health = "";
        try
        {
            while (!health.StartsWith(status, StringComparison.Ordinal) || !health.Contains(text, StringComparison.Ordinal))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
                using var response = await api.Client.GetAsync("/health", limit.Token);
                health = await response.Content.ReadAsStringAsync(limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Not {status} in time: {health}\n{api.Output}");
        }
    }

    private static async Task<bool> AcceptsAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
