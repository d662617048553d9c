using System.Diagnostics;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>What the system has used at one moment; the difference of two is what something cost.</summary>
/// <param name="Time">When, by <see cref="Stopwatch"/>.</param>
/// <param name="Api">Processor time of the API.</param>
/// <param name="Worker">Processor time of the worker.</param>
/// <param name="Redis">Processor time of Redis.</param>
/// <param name="Client">Processor time of this process: the viewers.</param>
/// <param name="Provider">Processor time of the fake provider.</param>
/// <param name="RedisSent">Bytes that Redis has sent.</param>
/// <param name="Chunks">Chunks that all viewers have seen.</param>
/// <param name="MostChunks">Chunks that one viewer has seen.</param>
/// <param name="Pieces">The provider's pieces that all viewers have seen.</param>
internal sealed record ResourceSample(
    long Time, TimeSpan Api, TimeSpan Worker, TimeSpan Redis, TimeSpan Client, TimeSpan Provider, long RedisSent, long Chunks, long MostChunks, long Pieces)
{
    public double Seconds => (double)Time / Stopwatch.Frequency;

    /// <summary>Gets the processor time of all that is ours.</summary>
    public TimeSpan Ours => Api + Worker + Redis;

    public static async Task<ResourceSample> TakeAsync(BenchSystem system, RedisReading redis, ViewerPool crowd)
    {
        var sent = await redis.SentAsync();
        return new ResourceSample(
            Stopwatch.GetTimestamp(), system.Api.ProcessorTime, system.Worker.ProcessorTime, system.Redis.ProcessorTime,
            Process.GetCurrentProcess().TotalProcessorTime, system.Provider.ProcessorTime, sent, crowd.Chunks, crowd.MostChunks, crowd.Pieces);
    }

    public ResourceSample Since(ResourceSample before) => new(
        Time - before.Time, Api - before.Api, Worker - before.Worker, Redis - before.Redis, Client - before.Client, Provider - before.Provider,
        RedisSent - before.RedisSent, Chunks - before.Chunks, MostChunks - before.MostChunks, Pieces - before.Pieces);
}
