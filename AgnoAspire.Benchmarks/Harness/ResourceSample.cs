using StackExchange.Redis;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// What the system has used at one moment, by <see cref="Stopwatch"/>; the difference of two is what something cost: processor times (the client
/// is this process, with the viewers), bytes that Redis has sent, and what the viewers have read, all together or the one that has read the most.
/// </summary>
internal sealed record ResourceSample(
    long Time, TimeSpan Api, TimeSpan Worker, TimeSpan Redis, TimeSpan Client, TimeSpan Provider, long RedisSent, long Chunks, long MostChunks, long Deltas)
{
    public double Seconds => (double)Time / Stopwatch.Frequency;

    /// <summary>Gets the processor time of everything that is ours.</summary>
    public TimeSpan Ours => Api + Worker + Redis;

    public static async Task<ResourceSample> TakeAsync(BenchSystem system, RedisInfo redis, ViewerPool viewers)
    {
        var sent = await redis.SentAsync();
        return new ResourceSample(
            Stopwatch.GetTimestamp(), system.Api.ProcessorTime, system.Worker.ProcessorTime, system.Redis.ProcessorTime,
            Environment.CpuUsage.TotalTime, system.Provider.ProcessorTime, sent, viewers.Chunks, viewers.MostChunks, viewers.Deltas);
    }

    public ResourceSample Since(ResourceSample before) => new(
        Time - before.Time, Api - before.Api, Worker - before.Worker, Redis - before.Redis, Client - before.Client, Provider - before.Provider,
        RedisSent - before.RedisSent, Chunks - before.Chunks, MostChunks - before.MostChunks, Deltas - before.Deltas);
}

/// <summary>What Redis reports about itself.</summary>
internal sealed class RedisInfo : IAsyncDisposable
{
    private readonly ConnectionMultiplexer connection;

    private RedisInfo(ConnectionMultiplexer connection) => this.connection = connection;

    public static async Task<RedisInfo> ConnectAsync(ServerProcess redis) =>
        new(await ConnectionMultiplexer.ConnectAsync($"{redis.Address.Authority},allowAdmin=true"));

    /// <summary>How many bytes Redis has sent to all its clients, without this answer.</summary>
    public Task<long> SentAsync() => ReadAsync("stats", "total_net_output_bytes");

    /// <summary>How many bytes its data takes.</summary>
    public Task<long> DataSizeAsync() => ReadAsync("memory", "used_memory");

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<long> ReadAsync(string section, string name)
    {
        var info = await connection.GetServers()[0].InfoAsync(section);
        return long.Parse(info.SelectMany(group => group).First(field => field.Key == name).Value, CultureInfo.InvariantCulture);
    }
}
