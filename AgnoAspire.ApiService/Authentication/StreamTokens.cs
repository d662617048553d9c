using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>
/// Tokens that give access to one stream: the expiry and an HMAC-SHA256 over expiry, job id and caller with the job's secret, so every replica
/// can verify them while the job exists.
/// </summary>
internal sealed class StreamTokens(IOptions<ChatAuthenticationOptions> options, TimeProvider time)
{
    public const string Header = "X-Stream-Token";

    private const int ExpirySize = sizeof(long);
    private const int TokenSize = ExpirySize + HMACSHA256.HashSizeInBytes;

    /// <summary>Creates a token for the caller that owns the job.</summary>
    public string Create(string jobId, string caller, ReadOnlySpan<byte> secret)
    {
        Span<byte> token = stackalloc byte[TokenSize];
        var expiry = time.GetUtcNow().Add(options.Value.StreamTokenLifetime).ToUnixTimeSeconds();
        BinaryPrimitives.WriteInt64BigEndian(token, expiry);
        Sign(expiry, jobId, caller, secret, token[ExpirySize..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Decodes a token that has not expired; <see langword="null"/> for anything else.</summary>
    public byte[]? Decode(string token)
    {
        var decoded = new byte[TokenSize];
        return token.Length == Base64Url.GetEncodedLength(TokenSize)
            && Base64Url.DecodeFromChars(token, decoded, out _, out var length) == OperationStatus.Done
            && length == TokenSize
            && BinaryPrimitives.ReadInt64BigEndian(decoded) > time.GetUtcNow().ToUnixTimeSeconds() ? decoded : null;
    }

    /// <summary>Returns the owner of the job, or <see langword="null"/> if the token is of another job, or forged; an unknown job takes as long.</summary>
    public static string? Verify(byte[] token, string jobId, JobSnapshot? job)
    {
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var owner = job?.Owner ?? "";
        var secret = job?.Secret ?? default;
        Sign(BinaryPrimitives.ReadInt64BigEndian(token), jobId, owner, secret.Span, signature);
        return CryptographicOperations.FixedTimeEquals(signature, token.AsSpan(ExpirySize)) && !secret.IsEmpty ? owner : null;
    }

    // A job id has a fixed length, so no two combinations produce the same text.
    private static void Sign(long expiry, string jobId, string caller, ReadOnlySpan<byte> secret, Span<byte> signature) =>
        HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{expiry}|{jobId}|{caller}"), signature);
}

/// <summary>Authenticates by a stream's token, for a browser's <c>EventSource</c>, which cannot send headers.</summary>
internal sealed class StreamTokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions, ILoggerFactory loggers, UrlEncoder encoder, StreamTokens tokens, JobStore jobs)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemeOptions, loggers, encoder)
{
    private static readonly AuthenticateResult Invalid = AuthenticateResult.Fail("The token is not valid for this stream.");

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var id = StreamId.Read(Request.RouteValues["id"] as string);
        var token = tokens.Decode(Request.Query[CallerAuthentication.TokenParameter].ToString());
        var caller = token is not null && JobId.IsWellFormed(id) ? StreamTokens.Verify(token, id, await jobs.ReadAsync(id)) : null;
        return caller is null ? Invalid : CallerIdentity.Success(caller, Scheme.Name);
    }
}
