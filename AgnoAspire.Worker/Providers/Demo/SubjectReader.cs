using System.Text.RegularExpressions;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>Finds out what a prompt is about, by the turns of phrase people use with storytellers. Where none fits, the prompt is quoted.</summary>
internal static partial class SubjectReader
{
    private const int MostWords = 12;
    private const int MostLength = 80;
    private const int LongestName = 40;
    private const string Name = @"\p{L}[\p{L}\p{M}\p{N}'-]{0,30}(?:\s+\p{Lu}[\p{L}\p{M}\p{N}'-]{0,30}){0,2}";
    private const string Proper = @"\p{Lu}[\p{L}\p{M}\p{N}'-]{0,30}(?:\s+\p{Lu}[\p{L}\p{M}\p{N}'-]{0,30}){0,2}";
    private const string Determiner = "(?i:an?|the|my|our|one|two|three|four|five|six|seven|some|several)";

    private static readonly Dictionary<string, string> OtherSide = new(StringComparer.OrdinalIgnoreCase)
    {
        ["my"] = "your",
        ["our"] = "your",
        ["me"] = "you",
        ["I"] = "you",
        ["us"] = "you",
        ["mine"] = "yours",
        ["myself"] = "you",
        ["your"] = "my",
        ["you"] = "me",
        ["yourself"] = "me",
    };

    /// <summary>Reads a prompt.</summary>
    /// <param name="prompt">The prompt, as it came.</param>
    /// <returns>What it is about.</returns>
    public static Subject Read(string prompt)
    {
        var text = CleanText.Of(prompt);
        var about = About().Match(text) is { Success: true } match ? match : Question().Match(text);
        var phrase = about.Success ? End().Split(about.Groups["s"].Value, 2)[0].Trim(' ', ',', '.', '\'', '-', '(', ')') : string.Empty;
        var unknown = new Subject(null, null, null, null, CleanText.First(text, 20, 140), Story().IsMatch(text));

        return Named(phrase.Length > 0 ? phrase : text, unknown)
            ?? Somebody(phrase, unknown)
            ?? (IsTopic(phrase) ? unknown with { Topic = Turn(phrase) } : unknown);
    }

    private static Subject? Named(string text, Subject unknown)
    {
        var match = WithName().Match(text) is { Success: true } named ? named : Apposition().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var described = match.Groups["kind"].Value.Trim(' ', ',');
        var friend = match.Groups["n2"].Success ? AsName(match.Groups["n2"].Value) : null;
        return unknown with { Hero = AsName(match.Groups["n1"].Value), Described = IsShort(described) ? Turn(described) : null, Friend = friend };
    }

    private static Subject? Somebody(string phrase, Subject unknown)
    {
        if (!IsShort(phrase))
        {
            return null;
        }

        var both = Both().Match(phrase);
        var first = both.Success ? both.Groups["first"].Value : phrase;
        var second = both.Success ? Turn(both.Groups["second"].Value) : null;
        if (ProperOnly().Match(first) is { Success: true } proper)
        {
            return unknown with { Hero = AsName(proper.Value), Friend = second };
        }

        return One().IsMatch(first) ? unknown with { Described = Turn(first), Friend = second } : null;
    }

    private static bool IsTopic(string phrase) => IsShort(phrase) && phrase.Any(char.IsLetter) && !NoNoun().IsMatch(phrase);

    private static bool IsShort(string phrase) => phrase.Length is > 0 and <= MostLength && phrase.Split(' ').Length <= MostWords;

    /// <summary>The phrase from the listener's side: "my dog" becomes "your dog"; an article at the front is in lower case.</summary>
    private static string Turn(string phrase)
    {
        var words = phrase.Split(' ').Select(word => OtherSide.GetValueOrDefault(word, word)).ToArray();
        words[0] = Article().IsMatch(words[0]) ? words[0].ToLowerInvariant() : words[0];
        return string.Join(' ', words);
    }

    private static string AsName(string words)
    {
        var name = words.Trim(' ', '.', '-', '\'');
        name = name.EndsWith("'s", StringComparison.Ordinal) ? name[..^2] : name;
        name = name.Length <= LongestName ? name : name[..(char.IsHighSurrogate(name[LongestName - 1]) ? LongestName - 1 : LongestName)];
        return name.Length > 0 && char.IsLower(name[0]) ? char.ToUpperInvariant(name[0]) + name[1..] : name;
    }

    [GeneratedRegex(@"\b(?i:about|featuring|starring)\s+(?<s>.+)|\b(?i:story|tale|fable|legend|adventures?)\s+(?i:of|with|on)\s+(?<s>.+)", RegexOptions.NonBacktracking)]
    private static partial Regex About();

    [GeneratedRegex(@"^(?i:what's|what is|what are|what was|what were|who's|who is|who are|who was|who were|explain|describe|define)\s+(?<s>.+)", RegexOptions.NonBacktracking)]
    private static partial Regex Question();

    [GeneratedRegex(@"[?!;:]|\.(?:\s|$)|,?\s+(?i:please|in (?:the style|under|about|less|no more|exactly|\d+|a few|one|two|three)|for (?:my|our|a|the|kids|children)|using|written|and (?:make|keep|then|include|write|tell)|make|keep)\b", RegexOptions.NonBacktracking)]
    private static partial Regex End();

    [GeneratedRegex(@"\b(?i:story|stories|tale|fable|legend|adventure|poem|once upon)\b", RegexOptions.NonBacktracking)]
    private static partial Regex Story();

    [GeneratedRegex(@"(?:\b(?<kind>" + Determiner + @"\s+(?:[\p{L}\p{M}\p{N}'-]+,?\s+){1,7}?))?\b(?i:named|called|by the name of|whose name is|namens|llamad[oa]|chiamat[oa]|nommée?)\s+(?<n1>" + Name + @")(?:\s+and\s+(?<n2>" + Proper + "))?", RegexOptions.NonBacktracking)]
    private static partial Regex WithName();

    [GeneratedRegex(@"^(?<kind>(?i:my|our|the|an?)\s+(?:\p{Ll}[\p{L}'-]*\s+)?\p{Ll}[\p{L}'-]*\p{Ll}[\p{L}'-]+,?\s+)(?<n1>" + Proper + @")(?:\s+and\s+(?<n2>" + Proper + "))?$", RegexOptions.NonBacktracking)]
    private static partial Regex Apposition();

    [GeneratedRegex(@"^(?<first>.+?)\s+(?i:and|meeting|who meets|meets)\s+(?<second>(?:(?i:an?|the|my|our)\s+.+|" + Proper + ")$)", RegexOptions.NonBacktracking)]
    private static partial Regex Both();

    [GeneratedRegex("^" + Proper + "$", RegexOptions.NonBacktracking)]
    private static partial Regex ProperOnly();

    [GeneratedRegex(@"^(?i:an?|one)\s+\p{L}", RegexOptions.NonBacktracking)]
    private static partial Regex One();

    [GeneratedRegex("^(?i:an?|the|one|your|my)$", RegexOptions.NonBacktracking)]
    private static partial Regex Article();

    [GeneratedRegex(@"^(?i:how|why|what|when|where|who|which|that|if|whether|to|it|this|these|those|happening|going|wrong|up|being|having)\b", RegexOptions.NonBacktracking)]
    private static partial Regex NoNoun();
}
