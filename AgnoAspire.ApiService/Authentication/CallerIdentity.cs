using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Names of callers, and the identity of a request that comes from one. Names of keys, tokens and nobody cannot be alike.</summary>
internal static class CallerIdentity
{
    public const string Anonymous = "anonymous";

    private const string Claim = "agno:caller";

    public static string OfKey(string name) => $"key:{name}";

    public static string OfToken(string subject, string issuer) => $"jwt:{subject}@{issuer}";

    public static string? Read(ClaimsPrincipal user) => user.FindFirst(Claim)?.Value;

    /// <summary>An identity that says who calls and nothing else, so that no claim from outside can pass for it.</summary>
    public static ClaimsPrincipal Make(string caller, string scheme) => new(new ClaimsIdentity([new System.Security.Claims.Claim(Claim, caller)], scheme));

    public static AuthenticateResult Success(string caller, string scheme) => AuthenticateResult.Success(new AuthenticationTicket(Make(caller, scheme), scheme));
}
