namespace AgnoAspire.Standalone;

/// <summary>What makes one process of API and worker complete.</summary>
internal static class StandaloneExtensions
{
    private const string ConnectionString = "ConnectionStrings:redis";

    /// <summary>Starts the embedded server, unless a Redis is configured.</summary>
    /// <returns>The server, to be disposed after the host; <see langword="null"/> when a Redis is configured.</returns>
    public static EmbeddedRedis? UseEmbeddedRedisUnlessConfigured(this WebApplicationBuilder builder)
    {
        if (!string.IsNullOrWhiteSpace(builder.Configuration[ConnectionString]))
        {
            return null;
        }

        var server = EmbeddedRedis.Start();
        builder.Configuration[ConnectionString] = server.ConnectionString;
        return server;
    }

    /// <summary>Prints one line with a request to try, once the API listens.</summary>
    public static void SayWhatToTry(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var url = app.Urls.First();
        Console.WriteLine($$"""Ready. Try: curl -N {{url}}/api/v1/chat -H 'Content-Type: application/json' -d '{"messages":[{"role":"user","content":"Tell me a story about a robot named Max"}],"model":"gpt-3.5-turbo","stream":true}'""");
    });
}
