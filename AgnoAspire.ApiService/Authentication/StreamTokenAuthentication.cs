using System.Text.Encodings.Web;
using AgnoAspire.ApiService.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Lets a stream's token open this one stream in its caller's name, for a browser's own <c>EventSource</c>, which can send no header.</summary>
internal sealed class StreamTokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions, ILoggerFactory loggers, UrlEncoder encoder, StreamTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemeOptions, loggers, encoder)
{
    private static readonly AuthenticateResult Invalid = AuthenticateResult.Fail("The token does not open this stream, or does so no longer.");

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var caller = tokens.Read(Request.Query[CallerAuthentication.TokenParameter].ToString(), StreamId.Read(Request.RouteValues["id"] as string));
        return Task.FromResult(caller is null ? Invalid : CallerIdentity.Success(caller, Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }
}
