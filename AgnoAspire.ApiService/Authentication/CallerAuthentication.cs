using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>The ways a request can say who it comes from, and which of them one uses.</summary>
/// <param name="HasTokens">Whether an issuer of tokens is configured.</param>
internal sealed record CallerAuthentication(bool HasTokens)
{
    public const string Any = "Caller";
    public const string ApiKey = "ApiKey";
    public const string StreamToken = "StreamToken";
    public const string TokenParameter = "token";

    private const string BearerPrefix = "Bearer ";

    public string Of(HttpContext context)
    {
        var request = context.Request;
        if (request.Query.ContainsKey(TokenParameter) && !HasCredentials(request) && context.GetEndpoint()?.Metadata.GetMetadata<AllowStreamTokenMetadata>() is not null)
        {
            return StreamToken;
        }

        return HasTokens && Bearer(request) is { } bearer && bearer.Count(static character => character == '.') == 2
            ? JwtBearerDefaults.AuthenticationScheme
            : ApiKey;
    }

    /// <summary>What stands behind <c>Authorization: Bearer</c>.</summary>
    public static string? Bearer(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) ? header[BearerPrefix.Length..].Trim() : null;
    }

    private static bool HasCredentials(HttpRequest request) =>
        request.Headers.Authorization.Count > 0 || request.Headers.ContainsKey(ApiKeyAuthentication.Header);
}
