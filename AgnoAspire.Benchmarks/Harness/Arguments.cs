using System.Globalization;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Options written as <c>--name value</c>; each is read once, and what is left over is a mistake.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> values = [];

    public Arguments(IEnumerable<string> arguments)
    {
        string? name = null;
        foreach (var argument in arguments)
        {
            if (name is not null)
            {
                values[name] = argument;
                name = null;
            }
            else if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                name = argument[2..];
            }
            else
            {
                throw new ArgumentException($"'{argument}' has no option before it; write --name value.");
            }
        }

        if (name is not null)
        {
            throw new ArgumentException($"--{name} needs a value.");
        }
    }

    public string Text(string name, string otherwise) => values.Remove(name, out var value) ? value : otherwise;

    public int Number(string name, int otherwise, int least, int most) =>
        values.Remove(name, out var text) ? Number(name, text, least, most) : otherwise;

    /// <summary>Numbers with commas between them.</summary>
    public int[] Numbers(string name, int[] otherwise, int least, int most) =>
        values.Remove(name, out var texts) ? [.. texts.Split(',').Select(text => Number(name, text, least, most))] : otherwise;

    public void End()
    {
        if (values.Keys.FirstOrDefault() is { } unknown)
        {
            throw new ArgumentException($"There is no option --{unknown}.");
        }
    }

    private static int Number(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new ArgumentException($"--{name} is {text}; give whole numbers from {least} to {most}.");
}
