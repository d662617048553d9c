using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Adds authentication by API key, JWT and stream token, and CORS.</summary>
internal static class AuthenticationExtensions
{
    private const string IssuerSection = "Authentication:Schemes:Bearer";

    private static readonly string[] ExposedHeaders =
    [
        "Location", "Retry-After", "X-Request-Id", "X-Stream-Id", StreamTokens.Header, "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests", "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
    ];

    public static void AddCallerAuthentication(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var schemes = new CallerAuthentication(builder.Configuration.GetSection(IssuerSection).Exists());
        services.AddSingleton(schemes);
        services.AddSingleton<IValidateOptions<ChatAuthenticationOptions>, ChatAuthenticationOptionsValidator>();
        services.AddOptions<ChatAuthenticationOptions>().BindConfiguration(ChatAuthenticationOptions.Section).ValidateDataAnnotations().ValidateOnStart();

        // Not AddAuthentication, which adds Data Protection: it would create keys on disk that nothing uses.
        services.AddAuthenticationCore(options => options.DefaultScheme = CallerAuthentication.Any);
        services.AddWebEncoders();
        services.AddSingleton<IAuthenticationConfigurationProvider, AuthenticationConfiguration>();
        var authentication = new AuthenticationBuilder(services)
            .AddPolicyScheme(CallerAuthentication.Any, null, options => options.ForwardDefaultSelector = schemes.SelectScheme)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(CallerAuthentication.ApiKey, null)
            .AddScheme<AuthenticationSchemeOptions, StreamTokenAuthentication>(
                CallerAuthentication.StreamToken, options => options.ForwardChallenge = CallerAuthentication.ApiKey);
        if (schemes.HasTokenIssuer)
        {
            authentication.AddJwtBearer(options =>
            {
                options.MapInboundClaims = false;
                options.Events = new JwtBearerEvents { OnTokenValidated = SetCaller };
            });
        }

        services.AddAuthorization();
        services.AddSingleton<StreamTokens>();
        services.AddCors();

        services.PostConfigure<LoggerFilterOptions>(SuppressUrlLogging);
    }

    public static void UseCallerAuthentication(this WebApplication app)
    {
        var origins = app.Services.GetRequiredService<IOptions<ChatAuthenticationOptions>>().Value.CorsOrigins;
        if (origins.Count > 0)
        {
            app.UseCors(policy => policy.WithOrigins([.. origins]).AllowAnyHeader().WithMethods("GET", "POST", "DELETE").WithExposedHeaders(ExposedHeaders));
        }

        app.UseAuthentication();
        app.UseAuthorization();
    }

    // Logs of this category contain URLs, and the URL of a stream can contain its token. A rule for one logging provider precedes rules for all,
    // and the last of several equal rules wins: so one for each provider that is named, after all others.
    private static void SuppressUrlLogging(LoggerFilterOptions options)
    {
        foreach (var provider in options.Rules.Select(static rule => rule.ProviderName).Append(null).Distinct().ToArray())
        {
            options.Rules.Add(new LoggerFilterRule(provider, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, null));
        }
    }

    // The caller is the subject, or the application if the token has no subject.
    private static Task SetCaller(TokenValidatedContext context)
    {
        string[] names = ["sub", "client_id", "azp", "appid"];
        var subject = names.Select(name => context.Principal?.FindFirst(name)?.Value).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        if (subject is null)
        {
            context.Fail("The token has no subject.");
        }
        else
        {
            context.Principal = CallerIdentity.Create(CallerIdentity.OfToken(subject, context.SecurityToken.Issuer), context.Scheme.Name);
        }

        return Task.CompletedTask;
    }

    // Where AddJwtBearer finds the configuration of its scheme.
    private sealed class AuthenticationConfiguration(IConfiguration configuration) : IAuthenticationConfigurationProvider
    {
        IConfiguration IAuthenticationConfigurationProvider.AuthenticationConfiguration => configuration.GetSection("Authentication");
    }
}
