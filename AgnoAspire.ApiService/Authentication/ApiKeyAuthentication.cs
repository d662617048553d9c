using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Knows callers by their API key, in <c>Authorization: Bearer</c> or <c>x-api-key</c>.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions, ILoggerFactory loggers, UrlEncoder encoder,
    IOptions<ChatAuthenticationOptions> access, CallerAuthentication schemes, IHostEnvironment environment)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemeOptions, loggers, encoder)
{
    public const string Header = "x-api-key";

    private static readonly AuthenticateResult Unknown = AuthenticateResult.Fail("The key is not known.");

    private ChatAuthenticationOptions Access => access.Value;

    // Without a key or an issuer nobody can be told from anybody, whatever a client sends because it has to send something.
    private bool IsOpen => Access.ApiKeys.Count == 0 && !schemes.HasTokens && (Access.AllowAnonymous || environment.IsDevelopment());

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(ReadCaller());

    private AuthenticateResult ReadCaller()
    {
        if (IsOpen)
        {
            return CallerIdentity.Success(CallerIdentity.Anonymous, Scheme.Name);
        }

        var key = Request.Headers[Header] is { Count: > 0 } header ? header.ToString() : CallerAuthentication.Bearer(Request);
        if (key is not null)
        {
            return NameOf(key) is { } name ? CallerIdentity.Success(CallerIdentity.OfKey(name), Scheme.Name) : Unknown;
        }

        return Access.AllowAnonymous && Request.Headers.Authorization.Count == 0
            ? CallerIdentity.Success(CallerIdentity.Anonymous, Scheme.Name)
            : AuthenticateResult.NoResult();
    }

    // Every key is compared, to its last byte, so that the time taken says nothing.
    private string? NameOf(string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        string? name = null;
        foreach (var known in Access.ApiKeys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(known.Sha256)))
            {
                name = known.Name;
            }
        }

        return name;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }
}
