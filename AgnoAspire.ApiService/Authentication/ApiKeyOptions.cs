namespace AgnoAspire.ApiService.Authentication;

/// <summary>One API key, as its hash; the key itself is nowhere but with its caller.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>Gets or sets the name of the caller: 1 to 64 letters, digits or <c>_.-</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets the SHA-256 of the key's UTF-8, as 64 hexadecimal digits.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>Gets or sets this caller's own limit of chat completions a minute. Default the general one.</summary>
    public int? RequestsPerMinute { get; set; }

    /// <summary>Gets or sets this caller's own limit of tokens a minute. Default the general one.</summary>
    public int? TokensPerMinute { get; set; }
}
