using System.Text.RegularExpressions;

namespace AgnoAspire.Tests.Unit.Docs;

/// <summary>The repository's Markdown files.</summary>
internal static partial class Documents
{
    private static readonly string[] Excluded = ["bin", "obj", "artifacts", "node_modules", ".git", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>Gets the paths of all Markdown files, relative to the repository.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Files("*.md")];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    /// <summary>The files of the repository that match a pattern, without build output.</summary>
    public static IEnumerable<string> Files(string pattern) => Directory
        .EnumerateFiles(Repository.Root, pattern, SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Root, path))
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(Excluded.Contains));

    /// <summary>The section under a heading, up to the next heading of the same or a higher level.</summary>
    public static string Section(string path, string heading)
    {
        var lines = Read(path).Split('\n');
        var start = Array.FindIndex(lines, line => line.TrimStart('#').Trim() == heading && line.StartsWith('#'));
        Assert.True(start >= 0, $"{path} has no heading '{heading}'.");
        var level = LevelOf(lines[start]);
        return string.Join('\n', lines.Skip(start + 1).TakeWhile(line => !Heading().IsMatch(line) || LevelOf(line) > level));
    }

    /// <summary>The cells of every table row, without header and separator rows.</summary>
    public static IEnumerable<string[]> Rows(string markdown)
    {
        var lines = markdown.Split('\n');
        return lines
            .Where((line, index) => line.StartsWith('|') && !Separator().IsMatch(line) && !(index + 1 < lines.Length && Separator().IsMatch(lines[index + 1])))
            .Select(line => line.Trim().Trim('|').Split('|').Select(cell => cell.Trim()).ToArray());
    }

    /// <summary>A text without its fenced code blocks.</summary>
    public static string WithoutBlocks(string markdown) => Fence().Replace(markdown, "");

    /// <summary>What stands in backticks, outside code blocks.</summary>
    public static IEnumerable<string> Code(string markdown) => InBackticks().Matches(WithoutBlocks(markdown)).Select(match => match.Groups[1].Value);

    /// <summary>The anchors of a file's headings, as GitHub makes them.</summary>
    public static IEnumerable<string> Anchors(string path) => Read(path).Split('\n')
        .Where(line => Heading().IsMatch(line))
        .Select(line => NotInAnchor().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    private static int LevelOf(string heading) => heading.TakeWhile(character => character == '#').Count();

    [GeneratedRegex("^#{1,6} ")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\|[\s:|-]+\|\s*$")]
    private static partial Regex Separator();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InBackticks();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
