using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Every Redis key there is, with its type. The braces keep what one script touches in one slot of a Redis Cluster.</summary>
internal sealed class RedisKeys(IOptions<ChatJobsOptions> options)
{
    // The schema of keys and values: versions are separate key spaces, so old and new processes can share a server during an upgrade.
    private const string Version = "v1";

    private readonly string prefix = $"{options.Value.KeyPrefix}:{Version}";

    /// <summary>Gets the jobs that wait, by their turn (sorted set: tag, job).</summary>
    public RedisKey Waiting { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:waiting";

    /// <summary>Gets whose a queued or claimed job is (hash: job, owner).</summary>
    public RedisKey Owners { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:owners";

    /// <summary>Gets the turn of each owner's last waiting job (hash: owner, tag).</summary>
    public RedisKey LastTagByOwner { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:tags";

    /// <summary>Gets how many jobs of each owner wait (hash: owner, count).</summary>
    public RedisKey WaitingByOwner { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:counts";

    /// <summary>Gets the queue's own state (hash: served, fence, claimed, pace, reaped, paused).</summary>
    public RedisKey State { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:meta";

    /// <summary>Gets the bell: at most one element a waiting job (list).</summary>
    public RedisKey Notify { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:wake";

    /// <summary>Gets the claimed jobs by deadline (sorted set: ms, job).</summary>
    public RedisKey Leases { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:leases";

    /// <summary>Gets the fence token of each claim (hash: job, fence).</summary>
    public RedisKey Claims { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:claims";

    /// <summary>Gets how often each job was claimed (hash: job, count).</summary>
    public RedisKey Attempts { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:attempts";

    /// <summary>Gets the jobs that were tried as often as allowed (sorted set: ms, job).</summary>
    public RedisKey Dead { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:dead";

    /// <summary>Gets what the workers serve (hash: model, announcement as JSON).</summary>
    public RedisKey Models { get; } = $"{options.Value.KeyPrefix}:{Version}:{{queue}}:models";

    /// <summary>Gets the channel that carries the ids of jobs to cancel to their workers.</summary>
    public RedisChannel Cancels { get; } = RedisChannel.Literal($"{options.Value.KeyPrefix}:{Version}:{{queue}}:cancels").WithKeyRouting();

    /// <summary>The channel on which one process measures how long publish/subscribe takes.</summary>
    public RedisChannel Probe(string process) => RedisChannel.Literal($"{prefix}:{{probe:{process}}}").WithKeyRouting();

    /// <summary>The job itself (hash).</summary>
    public RedisKey Job(string id) => $"{prefix}:{{job:{id}}}";

    /// <summary>The job's log: element n is the chunk with sequence n + 1 (list).</summary>
    public RedisKey Chunks(string id) => $"{prefix}:{{job:{id}}}:chunks";

    /// <summary>When the caller made its requests of the last minute (sorted set: ms, job).</summary>
    public RedisKey RateRequests(string caller) => $"{prefix}:{{rate:{Digest(caller)}}}:requests";

    /// <summary>What each of these requests reserved or cost, and the sum (hash: job, tokens; sum).</summary>
    public RedisKey RateTokens(string caller) => $"{prefix}:{{rate:{Digest(caller)}}}:tokens";

    /// <summary>Who watches, by how long it counts as present (sorted set: ms, viewer).</summary>
    public RedisKey Viewers(string id) => $"{prefix}:{{job:{id}}}:viewers";

    /// <summary>
    /// Where each chunk is published as it is appended: its sequence in decimal, a line feed, its bytes. Routed by key: without that, Redis
    /// Cluster delivers out of order.
    /// </summary>
    public RedisChannel Live(string id) => RedisChannel.Literal(LiveName(id)).WithKeyRouting();

    /// <summary>The name of <see cref="Live"/>, as a script passes it to PUBLISH.</summary>
    public string LiveName(string id) => $"{prefix}:{{job:{id}}}:live";

    // A caller's name may hold anything, braces too.
    private static string Digest(string caller) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller)).AsSpan(0, 16));
}
