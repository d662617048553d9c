namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>Where a story takes place.</summary>
/// <param name="Place">The place, as it is first named.</param>
/// <param name="Here">What one can be near, around and far from there.</param>
/// <param name="Folk">Who lives there; more than one.</param>
internal sealed record Setting(string Place, string Here, string Folk)
{
    /// <summary>The settings there are.</summary>
    public static readonly IReadOnlyList<Setting> All =
    [
        new("a harbour town where the fog came in every evening", "the harbour", "the fishing crews"),
        new("a village on the shoulder of a mountain", "the village", "the villagers"),
        new("a wide valley full of apple trees", "the orchards", "the fruit pickers"),
        new("a city of bridges and small green canals", "the bridges", "the ferry crews"),
        new("a railway town at the edge of a desert", "the station", "the travellers"),
        new("a market town between two slow rivers", "the market square", "the traders"),
        new("an observatory town high above the clouds", "the observatory", "the stargazers"),
        new("a small island town with a white lighthouse", "the lighthouse", "the islanders"),
    ];
}
