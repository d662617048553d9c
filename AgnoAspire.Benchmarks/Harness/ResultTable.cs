using System.Globalization;
using System.Text.Json;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>What a run found: printed as one Markdown table, and written as JSON beside it.</summary>
internal sealed class ResultTable(string name, params string[] columns)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly List<string[]> rows = [];

    public void Add(params object[] cells) => rows.Add([.. cells.Select(Text)]);

    public async Task WriteAsync(IReadOnlyDictionary<string, string> facts)
    {
        var widths = columns.Select((column, i) => rows.Select(row => row[i].Length).Append(column.Length).Max()).ToArray();
        Console.WriteLine();
        Console.WriteLine(Line(columns, widths));
        Console.WriteLine(Line([.. widths.Select((width, i) => i == 0 ? new string('-', width) : new string('-', width - 1) + ':')], widths));
        foreach (var row in rows)
        {
            Console.WriteLine(Line(row, widths));
        }

        Console.WriteLine();
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
