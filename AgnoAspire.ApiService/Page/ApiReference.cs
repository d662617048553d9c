using System.Security.Cryptography;
using Scalar.AspNetCore;

namespace AgnoAspire.ApiService.Page;

/// <summary>The interactive API reference at <c>/scalar</c>, in Development only. It loads nothing from other hosts.</summary>
internal static class ApiReference
{
    public const string Path = "/scalar";

    private const int NonceBytes = 16;

    /// <summary>Maps the reference; it requires no authentication.</summary>
    public static void MapApiReference(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        app.MapScalarApiReference(Path, (options, context) =>
        {
            var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy(nonce);
            options.WithTitle("AgnoAspire API").WithNonce(nonce).DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton();
        }).AllowAnonymous();
    }

    // The reference styles itself with inline styles; only its own scripts run.
    private static string ContentSecurityPolicy(string nonce) =>
        $"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'";
}
