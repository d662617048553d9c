using AgnoAspire.ChatJobs;

namespace AgnoAspire.Testing.Explorer;

/// <summary>The queue as it is in Redis: every job is in one place, every counter is the sum of what it counts, and no limit is exceeded.</summary>
internal static class QueueInspection
{
    private const string Queue = "x:v1:{queue}:";

    private const string ReadQueue = """
        local function all(key) return redis.call('HGETALL', KEYS[1] .. key) end
        return {redis.call('ZRANGE', KEYS[1] .. 'waiting', 0, -1), redis.call('ZRANGE', KEYS[1] .. 'leases', 0, -1),
          all('owners'), all('claims'), all('counts'), all('tags'), all('bytes')}
        """;

    /// <summary>Returns how many jobs are in the queue, from how many were before. A renewal that is late may revive the claim of a job that is over.</summary>
    public static int Check(RespClient redis, ChatJobsOptions options, int before, Func<string, bool> isOver)
    {
        var reply = (object?[])redis.Execute("EVAL", ReadQueue, "1", Queue)!;
        var waiting = Texts(reply[0]);
        var leases = Texts(reply[1]);
        var (owners, claims, counts, tags, bytes) = (Map(reply[2]), Map(reply[3]), Map(reply[4]), Map(reply[5]), Map(reply[6]));
        Require(!waiting.Overlaps(leases), "a job waits and is claimed");
        foreach (var revived in waiting.Union(leases).Where(job => !owners.ContainsKey(job) && isOver(job)).ToList())
        {
            owners[revived] = "";
        }

        Require(waiting.Union(leases).ToHashSet().SetEquals(owners.Keys), "the owners are not those of the jobs");
        Require(claims.Keys.Where(IsJob).ToHashSet().SetEquals(leases), "a claim has no lease, or a lease no claim");
        Require(claims.Keys.All(key => leases.Contains(key.Split(':')[0])), "a job that is not claimed is marked as enqueued again");
        Require(counts.Count == waiting.Select(job => owners[job]).Distinct().Count(), "an owner without a waiting job has a count");
        foreach (var (owner, count) in counts)
        {
            Require(long.Parse(count, CultureInfo.InvariantCulture) == waiting.Count(job => owners[job] == owner), $"{owner} has a count of {count}");
        }

        if (owners.Count > before)
        {
            Require(waiting.Count <= options.MaxQueued, "more jobs wait than allowed");
        }

        Require(tags.Keys.All(counts.ContainsKey), "an owner without a waiting job has a tag");
        var sizes = bytes.Keys.Where(owners.ContainsKey).ToDictionary(job => job, job => Number(bytes, job));
        Require(sizes.Values.Sum() == Number(bytes, "total"), "the bytes are not those of the jobs");
        Require(Number(bytes, "total") <= options.MaxQueuedBytes, "more bytes than allowed");
        foreach (var owner in owners.Values.Concat(bytes.Keys.Where(IsOwner).Select(key => key[6..])).Distinct())
        {
            var own = sizes.Where(entry => owners[entry.Key] == owner).Sum(entry => entry.Value);
            Require(own == Number(bytes, $"owner:{owner}") && own <= options.MaxQueuedBytesPerCaller, $"{owner} has {own} bytes");
        }

        Require(bytes.Keys.All(key => key == "total" || IsOwner(key) || owners.ContainsKey(key)), "a job that has left the queue still counts with its bytes");
        return owners.Count;
    }

    private static bool IsJob(string key) => !key.Contains(':', StringComparison.Ordinal);

    private static bool IsOwner(string key) => key.StartsWith("owner:", StringComparison.Ordinal);

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvariantException($"Queue: {otherwise}.");
        }
    }

    private static long Number(Dictionary<string, string> map, string key) => long.Parse(map.GetValueOrDefault(key, "0"), CultureInfo.InvariantCulture);

    private static HashSet<string> Texts(object? reply) => [.. ((object?[])reply!).Select(Resp.Text)];

    private static Dictionary<string, string> Map(object? reply) =>
        ((object?[])reply!).Select(Resp.Text).Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
}
