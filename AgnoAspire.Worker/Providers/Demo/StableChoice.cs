using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>Draws that look random and are the same for equal requests, in every process and on every machine (SplitMix64 over a SHA-256).</summary>
internal sealed class StableChoice
{
    private ulong state;

    private StableChoice(ulong state) => this.state = state;

    /// <summary>Starts the draws for a request.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="seed">The request's seed, if it has one.</param>
    /// <returns>The draws.</returns>
    public static StableChoice For(IEnumerable<ChatMessage> messages, long? seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var message in messages)
        {
            var text = Encoding.UTF8.GetBytes(message.Text);
            BinaryPrimitives.WriteInt64LittleEndian(number, text.Length);
            hash.AppendData(Encoding.UTF8.GetBytes(message.Role.Value));
            hash.AppendData(number);
            hash.AppendData(text);
        }

        BinaryPrimitives.WriteInt64LittleEndian(number, seed ?? 0);
        hash.AppendData(number);
        return new StableChoice(BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset()));
    }

    /// <summary>Draws one of several.</summary>
    /// <param name="from">What to draw from; not empty.</param>
    /// <returns>One of them.</returns>
    public T Pick<T>(IReadOnlyList<T> from)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return from[(int)((mixed ^ (mixed >> 31)) % (ulong)from.Count)];
    }
}
