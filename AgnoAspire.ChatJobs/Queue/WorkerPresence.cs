namespace AgnoAspire.ChatJobs.Queue;

/// <summary>
/// Shows that this worker process lives: a subscription to a channel of its own, which the kernel ends with the process and which a slow or stopped
/// process keeps. The client subscribes again when its connection was cut.
/// </summary>
public sealed class WorkerPresence(RedisConnection redis, RedisKeys keys)
{
    private ChannelMessageQueue? subscription;

    /// <summary>Gets the id of this worker; empty in a process that is none. Random, because process ids repeat in containers.</summary>
    internal string WorkerId { get; private set; } = "";

    /// <summary>Makes this process a worker: from now on its claims are its own, and its lease is renewed with each recovery.</summary>
    public void Begin() => WorkerId = Guid.CreateVersion7().ToString("N");

    /// <summary>Subscribes, so that the loss of this process is seen at once; no-op when it has done so.</summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public async Task SubscribeAsync() => subscription ??= await redis.SubscribeAsync(keys.Worker(WorkerId));
}
