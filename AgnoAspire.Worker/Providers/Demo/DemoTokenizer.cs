using System.Text.RegularExpressions;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>Splits text into tokens: a token is a word with the white space before it and the punctuation attached to it.</summary>
internal static partial class DemoTokenizer
{
    public static int Count(string text) => Token().Count(text);

    /// <summary>Returns the tokens; together they are the text, but for white space at its end.</summary>
    public static IEnumerable<string> Split(string text) => Token().Matches(text).Select(match => match.Value);

    [GeneratedRegex(@"\s*\S+", RegexOptions.NonBacktracking)]
    private static partial Regex Token();
}
