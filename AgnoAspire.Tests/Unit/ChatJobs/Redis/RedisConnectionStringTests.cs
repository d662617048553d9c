using AgnoAspire.ChatJobs.Redis;

namespace AgnoAspire.Tests.Unit.ChatJobs.Redis;

/// <summary>What <c>ConnectionStrings:redis</c> may be.</summary>
public sealed class RedisConnectionStringTests
{
    [Theory]
    [InlineData("redis://localhost", "localhost:6379", null, null, null, false)]
    [InlineData("redis://localhost:7000/", "localhost:7000", null, null, null, false)]
    [InlineData("rediss://agno:p%40ss%2Cw%3Ard%25@cache.example.com:6380/3", "cache.example.com:6380", "agno", "p@ss,w:rd%", 3, true)]
    [InlineData("redis://:se:cret@127.0.0.1", "127.0.0.1:6379", null, "se:cret", null, false)]
    [InlineData("redis://agno@[::1]:7001", "[::1]:7001", "agno", null, null, false)]
    [InlineData("one:6379,two:6380,user=agno,password=secret,ssl=true,defaultDatabase=2", "one:6379 two:6380", "agno", "secret", 2, true)]
    public void Url_or_connection_string_is_read(string text, string servers, string? user, string? password, int? database, bool ssl)
    {
        var options = RedisConnectionString.Parse(text);

        Assert.Equal(servers, string.Join(' ', options.EndPoints.Select(server => server.ToString()!.Split('/')[^1])));
        Assert.Equal((user, password, database, ssl), (options.User, options.Password, options.DefaultDatabase, options.Ssl));
    }

    [Theory]
    [InlineData("redis://")]
    [InlineData("redis://:secret@")]
    [InlineData("redis://host:port:secret/x")]
    [InlineData("redis://host/secret")]
    [InlineData("redis://host?secret=1")]
    [InlineData("http://secret@host")]
    [InlineData("host:6379,secret=1")]
    [InlineData("password=secret")]
    public void Anything_else_is_one_sentence_without_the_secret(string text)
    {
        var message = Assert.Throws<InvalidOperationException>(() => RedisConnectionString.Parse(text)).Message;

        Assert.StartsWith("ConnectionStrings:redis is not valid: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
