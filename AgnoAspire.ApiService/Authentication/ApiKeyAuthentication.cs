using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>
/// Authenticates callers by API key, in <c>x-api-key</c>, <c>api-key</c> or <c>Authorization: Bearer</c>, where a JWT may accompany it. One valid
/// credential is enough; valid ones of different callers are a bad request.
/// </summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions, ILoggerFactory loggers, UrlEncoder encoder,
    IOptions<ChatAuthenticationOptions> options, CallerAuthentication schemes, IHostEnvironment environment)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemeOptions, loggers, encoder)
{
    public const string Header = "x-api-key";

    private const string AzureHeader = "api-key";
    private static readonly AuthenticateResult UnknownKey = AuthenticateResult.Fail("Unknown API key.");

    private bool isAmbiguous;

    // Without keys and without an issuer any credential is accepted: clients that require one send a placeholder.
    private bool IsOpen => options.Value.ApiKeys.Count == 0 && !schemes.HasTokenIssuer && (options.Value.AllowAnonymous || environment.IsDevelopment());

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => IsOpen
        ? Task.FromResult(CallerIdentity.Success(CallerIdentity.Anonymous, Scheme.Name))
        : FindCallerAsync();

    /// <summary>Whether a request has a key in a header of its own.</summary>
    public static bool HasKey(HttpRequest request) => Keys(request).Any();

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (isAmbiguous)
        {
            return ApiProblems.AmbiguousCredentials().ExecuteAsync(Context);
        }

        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }

    private static IEnumerable<string> Keys(HttpRequest request) =>
        new[] { request.Headers[Header].ToString(), request.Headers[AzureHeader].ToString() }.Where(key => key.Length > 0);

    private async Task<AuthenticateResult> FindCallerAsync()
    {
        var bearer = CallerAuthentication.BearerToken(Request);
        var keys = Keys(Request).Concat(bearer is null ? [] : [bearer]).ToArray();
        var callers = keys.Select(FindName).OfType<string>().Select(CallerIdentity.OfKey).ToHashSet(StringComparer.Ordinal);
        if (schemes.IsJwt(bearer) && await Context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme) is { Succeeded: true } token)
        {
            callers.Add(token.Principal.Identity!.Name!);
        }

        isAmbiguous = callers.Count > 1;
        return callers.Count == 1 ? CallerIdentity.Success(callers.Single(), Scheme.Name)
            : keys.Length > 0 ? UnknownKey
            : options.Value.AllowAnonymous && Request.Headers.Authorization.Count == 0 ? CallerIdentity.Success(CallerIdentity.Anonymous, Scheme.Name)
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
