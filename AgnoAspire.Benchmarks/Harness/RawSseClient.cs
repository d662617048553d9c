using System.Net;
using System.Net.Sockets;
using System.Text;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// A viewer that costs next to nothing, so that thousands of them leave the processors to what is measured: one socket, one small buffer,
/// HTTP read by hand. It still checks that no chunk is missing or repeated.
/// </summary>
internal sealed class RawSseClient : IDisposable
{
    private const int BufferSize = 2048;

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] buffer = new byte[BufferSize];
    private readonly ChunkedBody body = new();
    private readonly TimestampedText clock = new();
    private readonly EventLines lines;
    private readonly Func<Percentiles?> times;
    private int received;

    /// <param name="times">Where the time each piece was under way is added, if just now it is wanted.</param>
    public RawSseClient(Func<Percentiles?> times)
    {
        this.times = times;
        lines = new EventLines(Take);
    }

    /// <summary>Gets the stream it watches.</summary>
    public string StreamId { get; private set; } = "";

    /// <summary>Gets how many chunks it has seen.</summary>
    public long Chunks { get; private set; }

    /// <summary>Gets how many of the provider's pieces it has seen; several can be in one chunk.</summary>
    public long Pieces { get; private set; }

    /// <summary>Gets the terminal chunk; <see langword="null"/> while the stream goes on.</summary>
    public string? Terminal { get; private set; }

    /// <summary>Connects, asks, and reads the head of the answer.</summary>
    /// <exception cref="InvalidOperationException">The answer is no stream.</exception>
    public async Task OpenAsync(int port, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await socket.SendAsync(request, cancellationToken);
        int headLength;
        while ((headLength = buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(received), cancellationToken);
            received += count > 0 ? count : throw new InvalidOperationException("The API closed a viewer's connection, or its head is too long.");
        }

        var head = Encoding.ASCII.GetString(buffer, 0, headLength).Split("\r\n");
        if (!head[0].StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The API answered a viewer: {head[0]}");
        }

        StreamId = head.First(line => line.StartsWith("X-Stream-Id: ", StringComparison.OrdinalIgnoreCase))["X-Stream-Id: ".Length..];
        TakeContent(buffer.AsSpan((headLength + 4)..received));
    }

    /// <summary>Reads until the terminal chunk.</summary>
    /// <exception cref="InvalidOperationException">A chunk was missing or repeated, or the connection ended before the terminal one.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (Terminal is null)
        {
            var count = await socket.ReceiveAsync(buffer, cancellationToken);
            if (count == 0)
            {
                throw new InvalidOperationException($"The API closed stream {StreamId} after {Chunks} chunks.");
            }

            TakeContent(buffer.AsSpan(0, count));
        }
    }

    public void Dispose() => socket.Dispose();

    private void TakeContent(ReadOnlySpan<byte> bytes)
    {
        while (body.Next(ref bytes) is { IsEmpty: false } content)
        {
            lines.Take(content);
        }
    }

    private void Take(long sequence, ReadOnlySpan<byte> chunk)
    {
        if (sequence != Chunks + 1)
        {
            throw new InvalidOperationException($"Chunk {sequence} of stream {StreamId} came after chunk {Chunks}.");
        }

        Chunks = sequence;
        Terminal = ChatChunk.IsTerminal(chunk) ? Encoding.UTF8.GetString(chunk) : null;
        Pieces += Terminal is null ? clock.Take(chunk, times()) : 0;
    }
}
