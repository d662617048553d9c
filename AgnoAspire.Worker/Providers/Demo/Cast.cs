namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>Who may appear in a story when the prompt does not say.</summary>
internal static class Cast
{
    /// <summary>Names for somebody the prompt describes without naming.</summary>
    public static readonly IReadOnlyList<string> Names = ["Pip", "Tilly", "Juniper", "Milo", "Sol", "Nell", "Bram", "Odette"];

    /// <summary>Who a story is about when the prompt names only its subject.</summary>
    public static readonly IReadOnlyList<(string Name, string Kind)> Heroes =
    [
        ("Ines", "a clockmaker"), ("Oskar", "a letter carrier"), ("Wren", "a young mapmaker"), ("Teo", "a baker"),
        ("Mira", "a bridge keeper"), ("Juno", "a retired captain"), ("Pim", "a small grey donkey"), ("Bo", "a travelling musician"),
    ];

    /// <summary>Who comes along.</summary>
    public static readonly IReadOnlyList<(string Name, string Kind)> Friends =
    [
        ("Quill", "a heron"), ("Sable", "a night watchman"), ("Tansy", "a lamplighter"), ("Old Emeric", "a mender of nets"),
        ("Fig", "a one-eared cat"), ("Lark", "a kite maker"), ("Dorrit", "a stubborn goat"), ("Hale", "a quiet gardener"),
    ];
}
