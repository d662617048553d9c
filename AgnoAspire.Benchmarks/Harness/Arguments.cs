namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Options written as <c>--name value</c>; each is read once, and one that is left over is an error.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> values = [];

    public Arguments(IEnumerable<string> arguments)
    {
        foreach (var pair in arguments.Chunk(2))
        {
            var name = pair[0].StartsWith("--", StringComparison.Ordinal)
                ? pair[0][2..]
                : throw new ArgumentException($"'{pair[0]}' has no option before it; write --name value.");
            values[name] = pair is [_, var value] ? value : throw new ArgumentException($"--{name} needs a value.");
        }
    }

    public string? Text(string name) => values.Remove(name, out var value) ? value : null;

    public int Number(string name, int defaultValue, int minimum, int maximum) =>
        values.Remove(name, out var text) ? Number(name, text, minimum, maximum) : defaultValue;

    /// <summary>Numbers separated by commas.</summary>
    public int[] Numbers(string name, int[] defaultValue, int minimum, int maximum) =>
        values.Remove(name, out var texts) ? [.. texts.Split(',').Select(text => Number(name, text, minimum, maximum))] : defaultValue;

    /// <summary>The appendfsync of Redis; <see langword="null"/> for no append-only file.</summary>
    public string? Fsync() => Text("fsync") is var mode && mode is null or "always" or "everysec" or "no"
        ? mode
        : throw new ArgumentException($"--fsync is {mode}; use always, everysec or no.");

    /// <exception cref="ArgumentException">An option was not read.</exception>
    public void End()
    {
        if (values.Keys.FirstOrDefault() is { } unknown)
        {
            throw new ArgumentException($"There is no option --{unknown}.");
        }
    }

    private static int Number(string name, string text, int minimum, int maximum) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum
            ? value
            : throw new ArgumentException($"--{name} is {text}; use whole numbers from {minimum} to {maximum}.");
}
