using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Names callers. The prefixes keep API keys, token subjects and the anonymous caller apart.</summary>
internal static class CallerIdentity
{
    public const string Anonymous = "anonymous";

    private const string ClaimType = "agno:caller";
    private const string KeyPrefix = "key:";
    private const string TokenPrefix = "jwt:";

    public static string OfKey(string name) => KeyPrefix + name;

    public static string OfToken(string subject, string issuer) => $"{TokenPrefix}{subject}@{issuer}";

    /// <summary>Returns the caller of an authenticated request.</summary>
    public static string Caller(this HttpContext context) => context.User.Identity?.Name ?? Anonymous;

    /// <summary>Whether a configured list has the caller: an API key by name, a token as <c>jwt:subject@issuer</c>, never the anonymous caller.</summary>
    public static bool IsListed(string caller, ICollection<string> names) =>
        caller.StartsWith(KeyPrefix, StringComparison.Ordinal) ? names.Contains(caller[KeyPrefix.Length..])
        : caller.StartsWith(TokenPrefix, StringComparison.Ordinal) && names.Contains(caller);

    /// <summary>Creates a principal that has no claim but the caller's name, so that no external claim can imitate it.</summary>
    public static ClaimsPrincipal Create(string caller, string scheme) => new(new ClaimsIdentity([new Claim(ClaimType, caller)], scheme, ClaimType, null));

    public static AuthenticateResult Success(string caller, string scheme) =>
        AuthenticateResult.Success(new AuthenticationTicket(Create(caller, scheme), scheme));
}
