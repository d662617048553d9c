namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>An error as a provider told it: unchecked words of somebody else.</summary>
/// <param name="Message">What it says happened.</param>
/// <param name="Kind">The names and numbers it gives the error, separated by spaces.</param>
internal sealed record ProviderError(string? Message, string? Kind)
{
    /// <summary>Gets a value indicating whether the quota is spent, which no waiting mends.</summary>
    public bool QuotaSpent => Says("insufficient_quota") || Says("billing");

    /// <summary>Gets a value indicating whether the request itself is at fault.</summary>
    public bool IsCallerError => Says("invalid") || Says("content_filter") || Says("context_length") || Says("400") || Says("404");

    private bool Says(string word) => Kind?.Contains(word, StringComparison.OrdinalIgnoreCase) ?? false;
}
