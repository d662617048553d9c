using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>The authentication schemes, and which of them a request uses.</summary>
/// <param name="HasTokenIssuer">Whether an issuer of JWTs is configured.</param>
internal sealed record CallerAuthentication(bool HasTokenIssuer)
{
    public const string Any = "Caller";
    public const string ApiKey = "ApiKey";
    public const string StreamToken = "StreamToken";
    public const string TokenParameter = "token";

    private const string BearerPrefix = "Bearer ";

    public string SelectScheme(HttpContext context)
    {
        var request = context.Request;
        if (request.Query.ContainsKey(TokenParameter) && !HasCredentials(request)
            && context.GetEndpoint()?.Metadata.GetMetadata<AllowStreamTokenMetadata>() is not null)
        {
            return StreamToken;
        }

        return HasTokenIssuer && BearerToken(request) is { } token && token.Count(static character => character == '.') == 2
            ? JwtBearerDefaults.AuthenticationScheme
            : ApiKey;
    }

    /// <summary>Returns the token in <c>Authorization: Bearer</c>.</summary>
    public static string? BearerToken(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) ? header[BearerPrefix.Length..].Trim() : null;
    }

    private static bool HasCredentials(HttpRequest request) =>
        request.Headers.Authorization.Count > 0 || request.Headers.ContainsKey(ApiKeyAuthentication.Header);
}

/// <summary>Marks an endpoint that accepts the stream's own token as <c>?token=</c>.</summary>
internal sealed class AllowStreamTokenMetadata;
