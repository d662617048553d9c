using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Tests.Infrastructure;

/// <summary>One dispatched event.</summary>
public sealed record SseEvent(string? Id, string? Name, string Data)
{
    public long Sequence => long.Parse(Id!, CultureInfo.InvariantCulture);

    public ChatChunk Chunk => ChatChunk.Parse(Encoding.UTF8.GetBytes(Data));
}

/// <summary>Reads an event stream by the letter of the specification (WHATWG HTML, section 9.2.6), and counts the comments it meets.</summary>
public sealed class SseReader(Stream stream) : IDisposable
{
    private readonly StreamReader reader = new(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));

    public int Comments { get; private set; }

    public string? Retry { get; private set; }

    public async IAsyncEnumerable<SseEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? id = null;
        string? name = null;
        StringBuilder? data = null;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                if (data is not null)
                {
                    yield return new SseEvent(id, name, data.ToString());
                }

                (name, data) = (null, null);
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var field = colon < 0 ? line : line[..colon];
            var value = colon < 0 ? "" : line[(colon + 1)..];
            value = value.StartsWith(' ') ? value[1..] : value;
            switch (field)
            {
                case "":
                    Comments++;
                    break;
                case "data":
                    data = data is null ? new StringBuilder(value) : data.Append('\n').Append(value);
                    break;
                case "id":
                    id = value;
                    break;
                case "event":
                    name = value;
                    break;
                case "retry":
                    Retry = value;
                    break;
            }
        }
    }

    public void Dispose() => reader.Dispose();
}
