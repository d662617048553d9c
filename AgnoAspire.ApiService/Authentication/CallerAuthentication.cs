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

        return IsJwt(BearerToken(request)) && !ApiKeyAuthentication.HasKey(request) ? JwtBearerDefaults.AuthenticationScheme : ApiKey;
    }

    /// <summary>Whether a bearer token is for the issuer to confirm.</summary>
    public bool IsJwt(string? token) => HasTokenIssuer && token?.Count(static character => character == '.') == 2;

    /// <summary>Returns the token in <c>Authorization: Bearer</c>; <see langword="null"/> if there is none.</summary>
    public static string? BearerToken(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        var token = header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) ? header[BearerPrefix.Length..].Trim() : "";
        return token.Length > 0 ? token : null;
    }

    private static bool HasCredentials(HttpRequest request) =>
        request.Headers.Authorization.Count > 0 || ApiKeyAuthentication.HasKey(request);
}

/// <summary>Marks an endpoint that accepts the stream's own token as <c>?token=</c>.</summary>
internal sealed class AllowStreamTokenMetadata;
