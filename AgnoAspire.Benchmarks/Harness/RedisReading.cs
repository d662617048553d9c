using System.Globalization;
using StackExchange.Redis;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>What Redis tells about itself.</summary>
internal sealed class RedisReading : IAsyncDisposable
{
    private readonly ConnectionMultiplexer connection;

    private RedisReading(ConnectionMultiplexer connection) => this.connection = connection;

    public static async Task<RedisReading> ConnectAsync(int port) => new(await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},allowAdmin=true"));

    /// <summary>How many bytes Redis has sent to all its clients so far, this answer not included.</summary>
    public Task<long> SentAsync() => ReadAsync("stats", "total_net_output_bytes");

    /// <summary>How many bytes its data takes.</summary>
    public Task<long> DataSizeAsync() => ReadAsync("memory", "used_memory");

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<long> ReadAsync(string section, string name)
    {
        var facts = await connection.GetServers()[0].InfoAsync(section);
        return long.Parse(facts.SelectMany(group => group).First(fact => fact.Key == name).Value, CultureInfo.InvariantCulture);
    }
}
