using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Authenticates callers by API key, in <c>Authorization: Bearer</c> or <c>x-api-key</c>.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions, ILoggerFactory loggers, UrlEncoder encoder,
    IOptions<ChatAuthenticationOptions> options, CallerAuthentication schemes, IHostEnvironment environment)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemeOptions, loggers, encoder)
{
    public const string Header = "x-api-key";

    private static readonly AuthenticateResult UnknownKey = AuthenticateResult.Fail("Unknown API key.");

    // Without keys and without an issuer any credential is accepted: clients that require one send a placeholder.
    private bool IsOpen => options.Value.ApiKeys.Count == 0 && !schemes.HasTokenIssuer && (options.Value.AllowAnonymous || environment.IsDevelopment());

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(ReadCaller());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }

    private AuthenticateResult ReadCaller()
    {
        if (IsOpen)
        {
            return CallerIdentity.Success(CallerIdentity.Anonymous, Scheme.Name);
        }

        var key = Request.Headers[Header] is { Count: > 0 } header ? header.ToString() : CallerAuthentication.BearerToken(Request);
        if (key is not null)
        {
            return FindName(key) is { } name ? CallerIdentity.Success(CallerIdentity.OfKey(name), Scheme.Name) : UnknownKey;
        }

        return options.Value.AllowAnonymous && Request.Headers.Authorization.Count == 0
            ? CallerIdentity.Success(CallerIdentity.Anonymous, Scheme.Name)
            : AuthenticateResult.NoResult();
    }

    // Compares all keys in constant time, so that the duration reveals nothing.
    private string? FindName(string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        string? name = null;
        foreach (var known in options.Value.ApiKeys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(known.Sha256)))
            {
                name = known.Name;
            }
        }

        return name;
    }
}
