using System.Text.RegularExpressions;

namespace AgnoAspire.Tests.Unit.Docs;

/// <summary>Links, length and vocabulary of the documents.</summary>
public sealed partial class DocumentTests
{
    private const int ReadmeLines = 100;

    private static readonly string[] ProductProjects =
        ["AgnoAspire.ApiService", "AgnoAspire.ChatJobs", "AgnoAspire.Worker", "AgnoAspire.AppHost", "AgnoAspire.ServiceDefaults", "AgnoAspire.Standalone"];

    [Fact]
    public void Relative_links_lead_to_existing_files_and_headings()
    {
        var broken = Documents.All.SelectMany(file => Link().Matches(Documents.WithoutBlocks(Documents.Read(file)))
            .Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal) && !Resolves(file, link))
            .Select(link => $"{file}: {link}"));

        Assert.Empty(broken);
    }

    [Fact]
    public void Source_files_and_folders_that_documents_name_exist()
    {
        var files = Documents.Files("*.*").Select(file => $"/{file}").ToArray();
        var missing = Documents.All.SelectMany(document => Documents.Code(Documents.Read(document))
            .Where(name => SourcePath().IsMatch(name) && !files.Any(file => $"{file}/".Contains($"/{name}/", StringComparison.Ordinal)))
            .Select(name => $"{document}: {name}"));

        Assert.Empty(missing);
    }

    [Fact]
    public void Readme_fits_its_limit() => Assert.InRange(File.ReadAllLines(Path.Combine(Repository.Root, "README.md")).Length, 1, ReadmeLines);

    [Fact]
    public void Readme_shows_the_two_commands_and_one_request_first()
    {
        var firstScreen = string.Join('\n', Documents.Read("README.md").Split('\n').Take(30));

        Assert.Contains("dotnet run --project AgnoAspire.Standalone", firstScreen, StringComparison.Ordinal);
        Assert.Contains("dotnet run --project AgnoAspire.AppHost", firstScreen, StringComparison.Ordinal);
        Assert.Contains("curl -N http://localhost:8000/api/v1/chat", firstScreen, StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_use_the_standard_vocabulary()
    {
        var found = Documents.All.SelectMany(file => OldWord().Matches(Documents.Read(file)).Select(match => $"{file}: {match.Value}"));

        Assert.Empty(found);
    }

    [Fact]
    public void Glossary_terms_occur_in_the_code()
    {
        var code = string.Concat(Documents.Files("*.cs").Concat(Documents.Files("*.lua"))
            .Where(path => ProductProjects.Contains(path.Split(Path.DirectorySeparatorChar)[0]))
            .Select(Documents.Read));
        var terms = Documents.Rows(Documents.Read("docs/glossary.md")).Select(row => row[0]).ToArray();

        var missing = terms.Where(term => !OccursIn(code, term));

        Assert.Equal(terms.Order(StringComparer.Ordinal), terms);
        Assert.Empty(missing);
    }

    [Fact]
    public void Index_lists_every_decision_with_its_title_and_status()
    {
        var listed = Documents.Rows(Documents.Read("docs/adr/README.md")).Select(row => (Link().Match(row[0]).Groups[1].Value, row[1], row[2]));
        var written = Documents.All.Where(path => DecisionFile().IsMatch(path)).Order(StringComparer.Ordinal).Select(path =>
        {
            var decision = Decision().Match(Documents.Read(path));
            return (Path.GetFileName(path), decision.Groups["title"].Value, decision.Groups["status"].Value);
        });

        Assert.Equal(written, listed);
    }

    private static bool Resolves(string file, string link)
    {
        var parts = link.Split('#', 2);
        var path = Path.GetFullPath(Path.Combine(Repository.Root, parts[0].Length == 0 ? file : Path.Combine(Path.GetDirectoryName(file)!, parts[0])));
        return (File.Exists(path) || Directory.Exists(path)) && (parts.Length == 1 || Documents.Anchors(path).Contains(parts[1]));
    }

    // A term of two words is one identifier, two words or joined by a hyphen or an underscore.
    private static bool OccursIn(string code, string term) => Regex.IsMatch(code, string.Join("[ _-]?", term.Split(' ', '-')), RegexOptions.IgnoreCase);

    [GeneratedRegex(@"^(\w[\w.]*/)*\w+\.(cs|csproj|lua|sh|props)$|^(AgnoAspire|docs|samples|clients|deploy)[\w.]*/[\w./]+$")]
    private static partial Regex SourcePath();

    [GeneratedRegex(@"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(
        @"\b(judge[sd]?|pulse[sd]?|hands?[ -]back|handed back|board|bell|patience|remembrance|misdeeds?|crowd(ed)?|ledger|catalogues?|tortures?|"
        + @"faces?|reap(s|ed|ing)?|whoever|nobody|somebody|anybody)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex OldWord();

    [GeneratedRegex(@"docs/adr/\d{4}-")]
    private static partial Regex DecisionFile();

    [GeneratedRegex(@"^# \d+\. (?<title>.+)\n\n\*\*Status\.\*\* (?<status>\w[^.]*)\.")]
    private static partial Regex Decision();
}
