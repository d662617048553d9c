using System.Security.Authentication;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Why Redis does not do what it is asked for: its error code, and what to do. Neither contains a key, an address or a credential.</summary>
internal sealed record RedisFailure(string Code, string Advice)
{
    public static readonly RedisFailure Unreachable =
        new("UNREACHABLE", $"Redis cannot be reached or does not answer in time. Check the server and the address in ConnectionStrings:{RedisExtensions.ConnectionName}.");

    private static readonly RedisFailure Untrusted =
        new("TLS", "The TLS connection to Redis failed or its certificate is not trusted. Install the authority's certificate, and use the name in the certificate as host.");

    // A failure inside a script has its code in mid-text before Redis 7.
    private static readonly RedisFailure[] Refusals =
    [
        new("WRONGPASS", $"Redis refuses user or password. Check both in ConnectionStrings:{RedisExtensions.ConnectionName}."),

        // Also after a wrong password: the client goes on without one.
        new("NOAUTH", $"Redis requires the right user and password. Check both in ConnectionStrings:{RedisExtensions.ConnectionName}."),
        new("NOPERM", "The ACL of Redis forbids a command, a key or a channel. Give the user the rights in docs/redis.md."),
        new("READONLY", $"Redis is a read-only replica. Name the master, or all servers, in ConnectionStrings:{RedisExtensions.ConnectionName}."),
        new("OOM", "The memory of Redis is full. Raise maxmemory."),
        new("MISCONF", "Redis cannot write its data to disk and refuses writes. See the log of Redis."),
        new("NOREPLICAS", "Redis has too few replicas (min-replicas-to-write) and refuses writes."),
        new("LOADING", "Redis loads its data."),
    ];

    public static RedisFailure Of(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = (cause as AggregateException)?.InnerExceptions.FirstOrDefault(Explains) ?? cause.InnerException)
        {
            if (Explain(cause) is { } known)
            {
                return known;
            }
        }

        return Unreachable;
    }

    private static bool Explains(Exception cause) => Explain(cause) is not null;

    private static RedisFailure? Explain(Exception cause)
    {
        var text = cause.Message;
        return cause is AuthenticationException ? Untrusted
            : text.Contains("ACL failure", StringComparison.Ordinal) ? Refusals.First(refusal => refusal.Code == "NOPERM")
            : Refusals.FirstOrDefault(refusal => text.Contains(refusal.Code + " ", StringComparison.Ordinal))
                ?? (cause is RedisServerException ? new RedisFailure("ERR", "Redis refuses a command. It must be Redis 6.2 or later, Valkey or Garnet.") : null);
    }
}
