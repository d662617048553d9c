using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AgnoAspire.ApiService.Admission;

/// <summary>
/// A hash of what a request asks for, which distinguishes a repeated idempotency key from a reused one: independent of the order of fields, of white
/// space and escape sequences, and of how the answer is delivered.
/// </summary>
internal static class RequestFingerprint
{
    /// <summary>Returns the hash in hexadecimal digits.</summary>
    public static string Of(ChatCompletion completion, DisconnectPolicy policy)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([(byte)policy]);
        AppendObject(hash, completion.Body.EnumerateObject().Where(field => field.Name is not ("stream" or "stream_options")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendObject(IncrementalHash hash, IEnumerable<JsonProperty> fields)
    {
        hash.AppendData("{"u8);
        foreach (var field in fields.OrderBy(field => field.Name, StringComparer.Ordinal))
        {
            AppendText(hash, "n"u8, Encoding.UTF8.GetBytes(field.Name));
            Append(hash, field.Value);
        }

        hash.AppendData("}"u8);
    }

    private static void Append(IncrementalHash hash, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(hash, value.EnumerateObject());
                break;
            case JsonValueKind.Array:
                hash.AppendData("["u8);
                foreach (var item in value.EnumerateArray())
                {
                    Append(hash, item);
                }

                hash.AppendData("]"u8);
                break;
            case JsonValueKind.String:
                var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
                AppendText(hash, "s"u8, raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(value.GetString()!) : raw);
                break;
            default:
                AppendText(hash, "v"u8, JsonMarshal.GetRawUtf8Value(value));
                break;
        }
    }

    // With its length, so that no two requests have the same bytes.
    private static void AppendText(IncrementalHash hash, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        hash.AppendData(kind);
        hash.AppendData(length);
        hash.AppendData(text);
    }
}
