namespace AgnoAspire.Worker.Catalog;

/// <summary>What a provider can speak, as <see cref="ProviderOptions.Type"/> spells it; upper and lower case are one.</summary>
internal static class ProviderType
{
    /// <summary>OpenAI's chat completions protocol.</summary>
    public const string OpenAI = "openai";

    /// <summary>Nothing: the built-in script.</summary>
    public const string Demo = "demo";

    /// <summary>Says whether a provider is the script.</summary>
    /// <param name="provider">The provider.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsDemo(ProviderOptions provider) => Demo.Equals(provider.Type, StringComparison.OrdinalIgnoreCase);
}
