using System.Buffers.Text;
using System.Net.Sockets;

namespace AgnoAspire.Testing.Explorer;

/// <summary>
/// The connection of the explorer to a real redis-server, on which the commands of all simulated connections are executed one by one, in the order that
/// the scheduler chooses. Replies: long, byte[], object?[], <see cref="RespError"/> or null.
/// </summary>
internal sealed class RespClient : IDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] output = new byte[16 * 1024];
    private byte[] input = new byte[64 * 1024];
    private int written;
    private int start;
    private int end;

    public RespClient(string host, int port) => socket.Connect(host, port);

    public object? Execute(params ReadOnlySpan<byte[]> command)
    {
        written = 0;
        Header('*', command.Length);
        foreach (var part in command)
        {
            Header('$', part.Length);
            Append(part);
            Append("\r\n"u8);
        }

        for (var sent = 0; sent < written;)
        {
            sent += socket.Send(output.AsSpan(sent, written - sent));
        }

        start = end = 0;
        return Read();
    }

    public object? Execute(params ReadOnlySpan<string> command)
    {
        var parts = new byte[command.Length][];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = Encoding.UTF8.GetBytes(command[i]);
        }

        return Execute(parts.AsSpan());
    }

    public void Dispose() => socket.Dispose();

    private object? Read()
    {
        var line = ReadLine();
        var (kind, text) = (line[0], line[1..]);
        switch (kind)
        {
            case '+':
                return Encoding.UTF8.GetBytes(text);
            case '-':
                return new RespError(text);
            case ':':
                return long.Parse(text, CultureInfo.InvariantCulture);
            case '$':
                return int.Parse(text, CultureInfo.InvariantCulture) is >= 0 and var length ? ReadBytes(length) : null;
            default:
                var count = int.Parse(text, CultureInfo.InvariantCulture);
                if (count < 0)
                {
                    return null;
                }

                var items = new object?[count];
                for (var i = 0; i < count; i++)
                {
                    items[i] = Read();
                }

                return items;
        }
    }

    private string ReadLine()
    {
        while (true)
        {
            var length = input.AsSpan(start, end - start).IndexOf("\r\n"u8);
            if (length >= 0)
            {
                var line = Encoding.UTF8.GetString(input, start, length);
                start += length + 2;
                return line;
            }

            Receive();
        }
    }

    private byte[] ReadBytes(int length)
    {
        while (end - start < length + 2)
        {
            Receive();
        }

        var bytes = input.AsSpan(start, length).ToArray();
        start += length + 2;
        return bytes;
    }

    private void Receive()
    {
        if (end == input.Length)
        {
            Array.Resize(ref input, input.Length * 2);
        }

        var count = socket.Receive(input.AsSpan(end));
        end += count > 0 ? count : throw new IOException("Redis closed the connection.");
    }

    private void Header(char kind, int number)
    {
        Reserve(16);
        output[written++] = (byte)kind;
        Utf8Formatter.TryFormat(number, output.AsSpan(written), out var digits);
        written += digits;
        Append("\r\n"u8);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(output.AsSpan(written));
        written += bytes.Length;
    }

    private void Reserve(int count)
    {
        if (written + count > output.Length)
        {
            Array.Resize(ref output, Math.Max(output.Length * 2, written + count));
        }
    }
}

/// <summary>An error reply of Redis.</summary>
internal sealed record RespError(string Message);
