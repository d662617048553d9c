using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Who may call the API; section <c>ChatApi</c> of the configuration.</summary>
public sealed class ChatAuthenticationOptions
{
    /// <summary>The configuration section these options are bound from.</summary>
    public const string Section = "ChatApi";

    /// <summary>Gets the API keys, each with the name of its caller. Two keys may share a name, to replace one by the other.</summary>
    public IList<ApiKeyOptions> ApiKeys { get; } = [];

    /// <summary>
    /// Gets or sets a value indicating whether requests without credentials are accepted, all as one caller. Default false; in Development they
    /// are accepted while neither an API key nor a token issuer is configured.
    /// </summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>Gets the origins (scheme, host and port) whose pages may call the API from a browser. Default none.</summary>
    public IList<string> CorsOrigins { get; } = [];

    /// <summary>
    /// Gets or sets how long a stream token is valid. Must exceed the longest stream, as an <c>EventSource</c> reconnects with the same token.
    /// Default 30 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StreamTokenLifetime { get; set; } = TimeSpan.FromMinutes(30);
}

/// <summary>An API key, stored as its hash.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>Gets or sets the name of the caller: 1 to 64 letters, digits or <c>_.-</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets the SHA-256 of the key's UTF-8, as 64 hexadecimal digits.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>Gets or sets the caller's limit of chat completions per minute. Default the general limit.</summary>
    public int? RequestsPerMinute { get; set; }

    /// <summary>Gets or sets the caller's limit of tokens per minute. Default the general limit.</summary>
    public int? TokensPerMinute { get; set; }
}

/// <summary>Fails startup if the API would be open to everyone or a key hash is malformed; the message says what to set.</summary>
internal sealed partial class ChatAuthenticationOptionsValidator(IHostEnvironment environment, CallerAuthentication schemes)
    : IValidateOptions<ChatAuthenticationOptions>
{
    public ValidateOptionsResult Validate(string? name, ChatAuthenticationOptions options)
    {
        List<string> failures = [.. options.ApiKeys.SelectMany(ValidateKey), .. options.CorsOrigins.Where(origin => !IsOrigin(origin)).Select(InvalidOrigin)];
        if (options.ApiKeys.Count == 0 && !schemes.HasTokenIssuer && !options.AllowAnonymous && !environment.IsDevelopment())
        {
            failures.Add(
                "No authentication is configured. Set ChatApi:ApiKeys:0:Name and ChatApi:ApiKeys:0:Sha256 (printf %s \"$KEY\" | sha256sum), "
                + "or Authentication:Schemes:Bearer for tokens of an issuer, or ChatApi:AllowAnonymous=true if only trusted networks reach the API.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> ValidateKey(ApiKeyOptions key, int index)
    {
        if (!NameFormat.IsMatch(key.Name))
        {
            yield return $"ChatApi:ApiKeys:{index}:Name must be 1 to 64 letters, digits or _.-";
        }

        if (!HashFormat.IsMatch(key.Sha256))
        {
            yield return $"ChatApi:ApiKeys:{index}:Sha256 must be the key's SHA-256 as 64 hexadecimal digits, not the key itself.";
        }

        if (key.RequestsPerMinute < 1 || key.TokensPerMinute < 1)
        {
            yield return $"ChatApi:ApiKeys:{index}: RequestsPerMinute and TokensPerMinute must be at least 1.";
        }
    }

    // Pages of applications have schemes of their own, such as tauri://localhost.
    private static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && !origin.Contains('*', StringComparison.Ordinal)
        && uri is { Host.Length: > 0, UserInfo: "" } && uri.GetLeftPart(UriPartial.Authority) == origin;

    private static string InvalidOrigin(string origin) =>
        $"ChatApi:CorsOrigins: '{origin}' is not an origin such as https://app.example.com (no path, no trailing slash, no *).";

    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$")]
    private static partial Regex NameFormat { get; }

    [GeneratedRegex("^[0-9A-Fa-f]{64}$")]
    private static partial Regex HashFormat { get; }
}
