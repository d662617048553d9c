using System.Reflection;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Redis;
using StackExchange.Redis;

namespace AgnoAspire.Tests.Unit.ChatJobs.Redis;

/// <summary>The names of keys and channels: operators' rules and other versions depend on them.</summary>
public sealed class RedisKeysTests
{
    private static readonly string[] Golden =
    [
        "Barrier agno:v1:{job:1}:barrier",
        "Bytes agno:v1:{queue}:bytes",
        "Cancels agno:v1:{queue}:cancels",
        "Chunks agno:v1:{job:1}:chunks",
        "Claims agno:v1:{queue}:claims",
        "Dead agno:v1:{queue}:dead",
        "Health agno:v1:{health}",
        "Job agno:v1:{job:1}",
        "LastTagByOwner agno:v1:{queue}:tags",
        "Leases agno:v1:{queue}:leases",
        "Live agno:v1:{job:1}:live",
        "Models agno:v1:{queue}:models",
        "Notify agno:v1:{queue}:wake",
        "Owners agno:v1:{queue}:owners",
        "Probe agno:v1:{probe:1}",
        "RateBuckets agno:v1:{rate:6b86b273ff34fce19d6b804eff5a3f57}:buckets",
        "RateOrder agno:v1:{rate:6b86b273ff34fce19d6b804eff5a3f57}:order",
        "RateReservations agno:v1:{rate:6b86b273ff34fce19d6b804eff5a3f57}:reservations",
        "State agno:v1:{queue}:meta",
        "Viewers agno:v1:{job:1}:viewers",
        "Waiting agno:v1:{queue}:waiting",
        "WaitingByOwner agno:v1:{queue}:counts",
    ];

    [Fact]
    public void Names_are_the_documented_ones() => Assert.Equal(Golden, Names("agno", "1"));

    [Fact]
    public void Prefix_is_in_front_of_every_name() => Assert.All(Names("team:a", "1"), name => Assert.Contains(" team:a:v1:", name));

    [Fact]
    public void Queue_jobs_callers_and_probes_have_a_slot_each()
    {
        var tags = Names("agno", "1").Select(name => name.Split('{', '}')).Where(parts => parts.Length > 1).Select(parts => parts[1]);

        Assert.Equal(["health", "job:1", "probe:1", "queue", "rate:6b86b273ff34fce19d6b804eff5a3f57"], tags.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Callers_name_cannot_change_the_slot() =>
        Assert.All(Names("agno", "} {x}:\n").Where(name => name.StartsWith("Rate", StringComparison.Ordinal)), name => Assert.Matches("\\{rate:[0-9a-f]{32}\\}", name));

    private static IEnumerable<string> Names(string prefix, string argument)
    {
        const BindingFlags Members = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;
        var keys = new RedisKeys(new ChatJobsOptions { KeyPrefix = prefix });
        return typeof(RedisKeys).GetMethods(Members)
            .Where(method => method.ReturnType == typeof(RedisKey) || method.ReturnType == typeof(RedisChannel))
            .Select(method => $"{method.Name.Replace("get_", "")} {method.Invoke(keys, [.. method.GetParameters().Select(_ => argument)])}")
            .Order(StringComparer.Ordinal);
    }
}
