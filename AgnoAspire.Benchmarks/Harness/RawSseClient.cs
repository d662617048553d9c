using System.Net;
using System.Net.Sockets;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// A viewer cheap enough that thousands of them leave the processors to what is measured: one socket, one small buffer, HTTP read by hand. It
/// still checks that no chunk is missing or repeated. The delay of each delta goes to <paramref name="times"/>, if it is measured now.
/// </summary>
internal sealed class RawSseClient(Func<Percentiles?> times) : IDisposable
{
    private const int BufferSize = 2048;

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] buffer = new byte[BufferSize];
    private readonly ChunkedBody body = new();
    private SseDecoder? decoder;
    private long timestamp;
    private int received;

    public string StreamId { get; private set; } = "";

    /// <summary>Gets how many chunks it has read.</summary>
    public long Chunks { get; private set; }

    /// <summary>Gets how many of the provider's deltas it has read; a chunk can have several.</summary>
    public long Deltas { get; private set; }

    /// <summary>Gets the terminal chunk; <see langword="null"/> before it.</summary>
    public string? Terminal { get; private set; }

    /// <summary>Connects, sends the request, and reads the head of the response.</summary>
    /// <exception cref="InvalidOperationException">The response is not a stream.</exception>
    public async Task OpenAsync(int port, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await socket.SendAsync(request, cancellationToken);
        int headLength;
        while ((headLength = buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(received), cancellationToken);
            received += count > 0 ? count : throw new InvalidOperationException("The API closed a viewer's connection, or its response head is too long.");
        }

        var head = Encoding.ASCII.GetString(buffer, 0, headLength).Split("\r\n");
        if (!head[0].StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The API answered a viewer: {head[0]}");
        }

        StreamId = head.First(line => line.StartsWith("X-Stream-Id: ", StringComparison.OrdinalIgnoreCase))["X-Stream-Id: ".Length..];
        decoder ??= new SseDecoder(Take);
        Decode(buffer.AsSpan((headLength + 4)..received));
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

            Decode(buffer.AsSpan(0, count));
        }
    }

    public void Dispose() => socket.Dispose();

    private void Decode(ReadOnlySpan<byte> bytes)
    {
        while (body.Next(ref bytes) is { IsEmpty: false } content)
        {
            decoder!.Decode(content);
        }
    }

    private void Take(SseMessage message)
    {
        if (message.Sequence != Chunks + 1)
        {
            throw new InvalidOperationException($"Chunk {message.Sequence} of stream {StreamId} came after chunk {Chunks}.");
        }

        Chunks = message.Sequence;
        Terminal = ChatChunk.IsTerminal(message.Data) ? Encoding.UTF8.GetString(message.Data) : null;
        if (Terminal is null)
        {
            ReadTimestamps(message.Data["{\"content\":\"".Length..]);
        }
    }

    // The deltas are timestamps; a merged text has several, and a text can be cut within one.
    private void ReadTimestamps(ReadOnlySpan<byte> text)
    {
        var now = Stopwatch.GetTimestamp();
        foreach (var character in text)
        {
            if (character is >= (byte)'0' and <= (byte)'9')
            {
                timestamp = (timestamp * 10) + character - '0';
            }
            else if (character == ' ')
            {
                times()?.Add(Stopwatch.GetElapsedTime(timestamp, now));
                timestamp = 0;
                Deltas++;
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Removes the chunked transfer coding (RFC 9112, section 7.1) from a response's body, in place.</summary>
    private sealed class ChunkedBody
    {
        private long left;
        private long size;
        private bool hasSize;

        /// <summary>The next run of content in what was received; empty at its end.</summary>
        public ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> received)
        {
            while (!received.IsEmpty)
            {
                if (left > 0)
                {
                    var content = received[..(int)Math.Min(left, received.Length)];
                    left -= content.Length;
                    received = received[content.Length..];
                    return content;
                }

                ReadSize(received[0]);
                received = received[1..];
            }

            return [];
        }

        // The line end after a chunk's content is read as an empty line before the next size.
        private void ReadSize(byte character)
        {
            if (char.IsAsciiHexDigit((char)character))
            {
                size = (size * 16) + (character <= '9' ? character - '0' : (character | 0x20) - 'a' + 10);
                hasSize = true;
            }
            else if (character == '\n' && hasSize)
            {
                (left, size, hasSize) = (size, 0, false);
            }
        }
    }
}
