using System.Globalization;
using System.Security.Cryptography;
using AgnoAspire.ChatJobs.Jobs;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Tokens that open one stream for a while, sealed with keys that all replicas share.</summary>
internal sealed partial class StreamTokens(IDataProtectionProvider protection, IOptions<ChatAuthenticationOptions> options, TimeProvider time, ILogger<StreamTokens> logger)
{
    public const string Header = "X-Stream-Token";

    private const char Separator = '|';

    private readonly IDataProtector protector = protection.CreateProtector("AgnoAspire.StreamToken", "v1");

    /// <summary>Puts the token of a job into the answer that announces the job.</summary>
    public void Issue(HttpContext context, string jobId, string caller)
    {
        var expiry = time.GetUtcNow().Add(options.Value.StreamTokenLifetime).ToUnixTimeSeconds();
        try
        {
            context.Response.Headers[Header] = protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{expiry}{Separator}{jobId}{Separator}{caller}"));
        }
        catch (Exception exception) when (exception is CryptographicException or RedisException)
        {
            // The chat itself does not need the token.
            LogNoToken(jobId, exception.GetType().Name);
        }
    }

    /// <summary>Whose stream a token opens.</summary>
    /// <returns>The caller, or <see langword="null"/> when the token is forged, expired or of another stream.</returns>
    public string? Read(string token, string jobId)
    {
        try
        {
            var parts = protector.Unprotect(token).Split(Separator, 3);
            return parts is [var expiry, var id, var caller]
                && id == jobId
                && JobId.IsWellFormed(id)
                && long.Parse(expiry, CultureInfo.InvariantCulture) > time.GetUtcNow().ToUnixTimeSeconds() ? caller : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Job {JobId} was announced without a stream token ({Fault}).")]
    private partial void LogNoToken(string jobId, string fault);
}
