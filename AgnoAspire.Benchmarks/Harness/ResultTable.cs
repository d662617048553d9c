using System.Runtime.InteropServices;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>The results of a run: printed as a Markdown table, and written as JSON.</summary>
internal sealed class ResultTable(string name, params string[] columns)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly List<string[]> rows = [];

    public void Add(params object[] cells) => rows.Add([.. cells.Select(Text)]);

    /// <summary>Writes the results with the environment and the options they depend on.</summary>
    public async Task WriteAsync(string? fsync, params (string Name, string Value)[] options)
    {
        var widths = columns.Select((column, i) => rows.Select(row => row[i].Length).Append(column.Length).Max()).ToArray();
        Console.WriteLine();
        Console.WriteLine(Line(columns, widths));
        Console.WriteLine(Line([.. widths.Select((width, i) => i == 0 ? new string('-', width) : new string('-', width - 1) + ':')], widths));
        rows.ForEach(row => Console.WriteLine(Line(row, widths)));
        Console.WriteLine();

        var facts = options.ToDictionary(option => option.Name, option => option.Value);
        facts["appendfsync"] = fsync ?? "no append-only file";
        facts["processors"] = $"{Environment.ProcessorCount}";
        facts["system"] = RuntimeInformation.OSDescription;
        facts["runtime"] = Environment.Version.ToString();
        var path = Path.Combine(Environment.CurrentDirectory, "artifacts", $"{name}.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var results = rows.Select(row => columns.Zip(row).ToDictionary(cell => cell.First, cell => cell.Second)).ToArray();
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(new { name, facts, results }, Indented));
        Console.WriteLine($"Also as JSON: {Path.GetRelativePath(Environment.CurrentDirectory, path)}");
    }

    private static string Line(string[] cells, int[] widths) =>
        $"| {string.Join(" | ", cells.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i])))} |";

    private static string Text(object cell) => cell switch
    {
        string text => text,
        double.NaN => "-",
        double number => number.ToString(Math.Abs(number) < 10 ? "0.00" : Math.Abs(number) < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString("#,0", CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}

/// <summary>Measured times in milliseconds, for any number of threads.</summary>
internal sealed class Percentiles
{
    private readonly Lock access = new();
    private readonly List<double> values = [];

    /// <summary>Gets how many there are; exact once nothing is added any more.</summary>
    public int Count => values.Count;

    public void Add(TimeSpan time)
    {
        lock (access)
        {
            values.Add(time.TotalMilliseconds);
        }
    }

    /// <summary>The value that a share of all values does not exceed; NaN without values.</summary>
    public double At(double share)
    {
        lock (access)
        {
            values.Sort();
            return values.Count == 0 ? double.NaN : values[Math.Clamp((int)Math.Ceiling(share * values.Count) - 1, 0, values.Count - 1)];
        }
    }
}
