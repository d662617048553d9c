namespace AgnoAspire.Testing.Explorer;

/// <summary>Bugs that the product has had, or could have, by name: texts of its scripts and what takes their place.</summary>
internal static class PlantedBugs
{
    public static readonly IReadOnlyDictionary<string, PlantedText[]> All = new Dictionary<string, PlantedText[]>();
}
