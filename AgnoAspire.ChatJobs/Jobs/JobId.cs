using System.Buffers;
using System.Security.Cryptography;

namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>The names of jobs: 128 bits as 32 lower-case hexadecimal digits.</summary>
public static class JobId
{
    private const int Bytes = 16;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>A new, unguessable id.</summary>
    public static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The id that an idempotency key of one caller always leads to, so that a repeated request finds the first one's job.</summary>
    public static string Of(string owner, string idempotencyKey)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{owner.Length}:{owner}:{idempotencyKey}"));
        return Convert.ToHexStringLower(hash.AsSpan(0, Bytes));
    }

    /// <summary>Whether a text has the form of an id; anything else never reaches Redis.</summary>
    public static bool IsWellFormed(string? text) =>
        text is { Length: Bytes * 2 } && text.AsSpan().IndexOfAnyExcept(Digits) < 0;
}
