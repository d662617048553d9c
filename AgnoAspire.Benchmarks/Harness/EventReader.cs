namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Reads Server-Sent Events from a stream.</summary>
internal sealed class EventReader(Stream body, Action<long, ReadOnlySpan<byte>> onEvent)
{
    private readonly byte[] buffer = new byte[16 * 1024];
    private readonly EventLines lines = new(onEvent);

    /// <summary>Reads what has come and hands on its events.</summary>
    /// <returns>How many events came; -1 when the connection has ended.</returns>
    public async ValueTask<int> ReadAsync(CancellationToken cancellationToken)
    {
        var count = await body.ReadAsync(buffer, cancellationToken);
        return count == 0 ? -1 : lines.Take(buffer.AsSpan(0, count));
    }
}
