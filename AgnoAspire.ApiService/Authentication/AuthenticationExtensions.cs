using AgnoAspire.ChatJobs.Redis;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Who may call: keys, tokens of an issuer, tokens of streams; from which pages; and what is noted of it.</summary>
internal static class AuthenticationExtensions
{
    private const string IssuerSection = "Authentication:Schemes:Bearer";

    private static readonly string[] ShownHeaders =
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

        var authentication = services.AddAuthentication(CallerAuthentication.Any)
            .AddPolicyScheme(CallerAuthentication.Any, null, options => options.ForwardDefaultSelector = schemes.Of)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(CallerAuthentication.ApiKey, null)
            .AddScheme<AuthenticationSchemeOptions, StreamTokenAuthentication>(CallerAuthentication.StreamToken, null);
        if (schemes.HasTokens)
        {
            authentication.AddJwtBearer(options =>
            {
                options.MapInboundClaims = false;
                options.Events = new JwtBearerEvents { OnTokenValidated = NameCaller };
            });
        }

        services.AddAuthorization();
        services.AddDataProtection().SetApplicationName("AgnoAspire");
        services.AddOptions<KeyManagementOptions>().Configure<KeyRing>((options, ring) => options.XmlRepository = new SharedKeys(ring));
        services.AddSingleton<StreamTokens>();
        services.AddCors();

        services.PostConfigure<LoggerFilterOptions>(KeepAddressesOut);
    }

    public static void UseCallerAuthentication(this WebApplication app)
    {
        var origins = app.Services.GetRequiredService<IOptions<ChatAuthenticationOptions>>().Value.CorsOrigins;
        if (origins.Count > 0)
        {
            app.UseCors(policy => policy.WithOrigins([.. origins]).AllowAnyHeader().WithMethods("GET", "POST", "DELETE").WithExposedHeaders(ShownHeaders));
        }

        app.UseAuthentication();
        app.UseAuthorization();
    }

    // The lines of this category hold whole addresses, and the address of a stream can hold its token. A rule that names a provider of
    // logs goes before those that name none, and the last of several alike wins: so one for each that is named, after all others.
    private static void KeepAddressesOut(LoggerFilterOptions options)
    {
        foreach (var provider in options.Rules.Select(static rule => rule.ProviderName).Append(null).Distinct().ToArray())
        {
            options.Rules.Add(new LoggerFilterRule(provider, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, null));
        }
    }

    // The subject names the caller, or the application where a token is not about a person.
    private static Task NameCaller(TokenValidatedContext context)
    {
        string[] names = ["sub", "client_id", "azp", "appid"];
        var subject = names.Select(name => context.Principal?.FindFirst(name)?.Value).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        if (subject is null)
        {
            context.Fail("The token names no subject.");
        }
        else
        {
            context.Principal = CallerIdentity.Make(CallerIdentity.OfToken(subject, context.SecurityToken.Issuer), context.Scheme.Name);
        }

        return Task.CompletedTask;
    }
}
