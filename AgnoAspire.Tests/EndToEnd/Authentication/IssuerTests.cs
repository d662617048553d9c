using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using AgnoAspire.Tests.EndToEnd.OpenAIApi;
using AgnoAspire.Tests.Infrastructure;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AgnoAspire.Tests.EndToEnd.Authentication;

/// <summary>Tokens of an issuer, by the ordinary configuration of ASP.NET Core, on real processes.</summary>
public sealed class IssuerTests
{
    private const string Issuer = "https://issuer.example.com";
    private const string Audience = "agno";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_valid_issuer_tokens_identify_a_caller()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            settings["ASPNETCORE_ENVIRONMENT"] = "Production";
            settings["Authentication__Schemes__Bearer__ValidIssuer"] = Issuer;
            settings["Authentication__Schemes__Bearer__ValidAudiences__0"] = Audience;
            settings["Authentication__Schemes__Bearer__SigningKeys__0__Issuer"] = Issuer;
            settings["Authentication__Schemes__Bearer__SigningKeys__0__Value"] = Convert.ToBase64String(key);
        });
        var api = cluster.Apis[0].Client;
        var body = OpenAICalls.Body("demo", true, ("max_tokens", 3));
        using var own = await api.CompleteAsync(body, Cancel, Token(key, "ann"));
        await own.EventsAsync(Cancel);
        var path = $"/api/v1/chat/{own.StreamId()}";

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(path, Token(key, "ann")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(path, Token(key, "ben")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(path, Token(key, "ben", claim: new Claim("agno:caller", $"jwt:ann@{Issuer}"))));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, Token(RandomNumberGenerator.GetBytes(32), "ann")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, Token(key, "ann", audience: "other")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, Token(key, "ann", lifetime: TimeSpan.FromHours(-1))));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, Token(key, subject: null)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, "not.a.token"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, null));

        async Task<HttpStatusCode> StatusAsync(string address, string? token)
        {
            using var response = await api.SendAsync(HttpMethod.Get, address, token, Cancel);
            return response.StatusCode;
        }
    }

    private static string Token(byte[] key, string? subject, string audience = Audience, TimeSpan? lifetime = null, Claim? claim = null)
    {
        var expires = TimeProvider.System.GetUtcNow().Add(lifetime ?? TimeSpan.FromMinutes(5)).UtcDateTime;
        var identity = new ClaimsIdentity(subject is null ? [] : [new Claim("sub", subject)]);
        if (claim is not null)
        {
            identity.AddClaim(claim);
        }

        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = audience,
            IssuedAt = expires.AddHours(-2),
            NotBefore = expires.AddHours(-2),
            Expires = expires,
            Subject = identity,
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256),
        });
    }
}
