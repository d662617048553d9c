using System.Runtime.CompilerServices;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Tests.Infrastructure;

/// <summary>One event; its id is the last one so far.</summary>
public sealed record SseEvent(string? Id, string? Name, string Data)
{
    public long Sequence => long.Parse(Id!, CultureInfo.InvariantCulture);

    public ChatChunk Chunk => ChatChunk.Parse(Encoding.UTF8.GetBytes(Data));
}

/// <summary>Reads the events of a stream one by one; invalid UTF-8 is an error.</summary>
public sealed class SseReader : IDisposable
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly Stream stream;
    private readonly SseDecoder decoder;
    private readonly Queue<SseEvent> events = new();

    public SseReader(Stream stream)
    {
        this.stream = stream;
        decoder = new SseDecoder(message => events.Enqueue(new SseEvent(Text(message.Id), Text(message.Name), Strict.GetString(message.Data))));
    }

    public int Comments => decoder.Comments;

    public string? Retry => decoder.Retry;

    public async IAsyncEnumerable<SseEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        do
        {
            while (events.TryDequeue(out var item))
            {
                yield return item;
            }
        }
        while (await decoder.ReadAsync(stream, cancellationToken) >= 0);
    }

    public void Dispose() => stream.Dispose();

    private static string? Text(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : Strict.GetString(bytes);
}
