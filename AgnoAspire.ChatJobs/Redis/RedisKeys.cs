using System.Security.Cryptography;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Every Redis key, with its type. The braces keep what one script touches in one slot of a Redis Cluster.</summary>
public sealed class RedisKeys(ChatJobsOptions options)
{
    // The schema of keys and values: versions are separate key spaces, so old and new processes can share a server during an upgrade.
    private const string Version = "v1";

    private readonly string prefix = $"{options.KeyPrefix}:{Version}";

    /// <summary>Gets what precedes a worker's id in the name of its channel. In the queue's slot, so that its server has the subscription.</summary>
    internal string WorkerPrefix => $"{prefix}:{{queue}}:worker:";

    /// <summary>Gets the jobs that wait, by their turn (sorted set: tag, job).</summary>
    internal RedisKey Waiting { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:waiting";

    /// <summary>Gets whose a queued or claimed job is (hash: job, owner).</summary>
    internal RedisKey Owners { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:owners";

    /// <summary>Gets the turn of each owner's last waiting job (hash: owner, tag).</summary>
    internal RedisKey LastTagByOwner { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:tags";

    /// <summary>Gets how many jobs of each owner wait (hash: owner, count).</summary>
    internal RedisKey WaitingByOwner { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:counts";

    /// <summary>Gets the queue's own state (hash: served, fence, claimed, pace, recovered, outagefrom, outageuntil, paused).</summary>
    internal RedisKey State { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:meta";

    /// <summary>Gets what wakes workers: at most one element a waiting job (list).</summary>
    internal RedisKey Notify { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:wake";

    /// <summary>Gets the claimed jobs by deadline (sorted set: ms, job).</summary>
    internal RedisKey Leases { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:leases";

    /// <summary>
    /// Gets the fencing token of each claim, and which claimed jobs were enqueued again, who holds it and whose loss it follows (hash: job, token;
    /// job:again, 1; job:worker, worker; job:lost, token).
    /// </summary>
    internal RedisKey Claims { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:claims";

    /// <summary>Gets the leases of the workers (sorted set: ms, worker).</summary>
    internal RedisKey Workers { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:workers";

    /// <summary>Gets which workers were seen present, or since when they are absent (hash: worker; present, or ms and deadline).</summary>
    internal RedisKey Presence { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:presence";

    /// <summary>Gets the sizes of large requests (hash: job, owner:name and total; bytes).</summary>
    internal RedisKey Bytes { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:bytes";

    /// <summary>Gets the jobs that were tried as often as allowed (sorted set: ms, job).</summary>
    internal RedisKey Dead { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:dead";

    /// <summary>Gets the models that the workers serve (hash: model, time of its registration in ms and provider).</summary>
    internal RedisKey Models { get; } = $"{options.KeyPrefix}:{Version}:{{queue}}:models";

    /// <summary>Gets what the health check writes, and where it publishes (string; channel).</summary>
    internal RedisKey Health { get; } = $"{options.KeyPrefix}:{Version}:{{health}}";

    /// <summary>Gets the channel that carries the ids of jobs to cancel to their workers.</summary>
    internal RedisChannel Cancels { get; } = RedisChannel.Literal($"{options.KeyPrefix}:{Version}:{{queue}}:cancels").WithKeyRouting();

    /// <summary>The channel that a worker is subscribed to while its process lives; nothing is published there.</summary>
    internal RedisChannel Worker(string id) => RedisChannel.Literal(WorkerPrefix + id).WithKeyRouting();

    /// <summary>The channel on which one process measures how long publish/subscribe takes.</summary>
    internal RedisChannel Probe(string process) => RedisChannel.Literal($"{prefix}:{{probe:{process}}}").WithKeyRouting();

    /// <summary>The job itself (hash).</summary>
    internal RedisKey Job(string id) => $"{prefix}:{{job:{id}}}";

    /// <summary>The job's log: element n is the chunk with sequence n + 1 (list).</summary>
    internal RedisKey Chunks(string id) => $"{prefix}:{{job:{id}}}:chunks";

    /// <summary>What a caller used in each second of the last minute: requests and tokens, with their sums (hash).</summary>
    internal RedisKey RateBuckets(string caller) => $"{prefix}:{{rate:{Digest(caller)}}}:buckets";

    /// <summary>A caller's reservations of the last minute (hash: reservation, second and tokens).</summary>
    internal RedisKey RateReservations(string caller) => $"{prefix}:{{rate:{Digest(caller)}}}:reservations";

    /// <summary>The order in which these reservations expire (list, oldest first).</summary>
    internal RedisKey RateOrder(string caller) => $"{prefix}:{{rate:{Digest(caller)}}}:order";

    /// <summary>Who watches, by how long it counts as present (sorted set: ms, viewer).</summary>
    internal RedisKey Viewers(string id) => $"{prefix}:{{job:{id}}}:viewers";

    /// <summary>What is written after a stream's end, to learn that a replica has what was written before (string).</summary>
    internal RedisKey Barrier(string id) => $"{prefix}:{{job:{id}}}:barrier";

    /// <summary>
    /// Where each chunk is published as it is appended: its sequence in decimal, a line feed, its bytes. Routed by key: without that, Redis
    /// Cluster delivers out of order.
    /// </summary>
    internal RedisChannel Live(string id) => RedisChannel.Literal(LiveName(id)).WithKeyRouting();

    /// <summary>The name of <see cref="Live"/>, as a script passes it to PUBLISH.</summary>
    internal string LiveName(string id) => $"{prefix}:{{job:{id}}}:live";

    // A caller's name may hold anything, braces too.
    private static string Digest(string caller) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller)).AsSpan(0, 16));
}
