using System.ComponentModel.DataAnnotations;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Who may call the API; section <c>ChatApi</c> of the configuration.</summary>
public sealed class ChatAuthenticationOptions
{
    /// <summary>The configuration section these options are bound from.</summary>
    public const string Section = "ChatApi";

    /// <summary>Gets the keys, each with the name of its caller. Two keys may have the same name, so that one can replace the other.</summary>
    public IList<ApiKeyOptions> ApiKeys { get; } = [];

    /// <summary>
    /// Gets or sets a value indicating whether requests without credentials are taken, all as one caller. Default false; in Development, as
    /// long as neither a key nor a token issuer is configured, they are taken anyway.
    /// </summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>Gets the origins (scheme, host and port) whose pages may call the API from a browser. Default none.</summary>
    public IList<string> CorsOrigins { get; } = [];

    /// <summary>Gets or sets how long the token of a stream opens it. Longer than the longest answer, as an <c>EventSource</c> comes back with the same one. Default 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StreamTokenLifetime { get; set; } = TimeSpan.FromMinutes(30);
}
