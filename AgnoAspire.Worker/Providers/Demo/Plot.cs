namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>
/// What happens in a story: paragraphs in order, each in wordings that fit all wordings of the others. They say <c>{hero}</c>, <c>{friend}</c>,
/// <c>{afriend}</c> (as first met), <c>{here}</c>, <c>{folk}</c>, and <c>{Folk}</c> where a sentence begins. Nobody is "he" or "she", as nobody said.
/// </summary>
/// <param name="Paragraphs">The paragraphs' wordings.</param>
internal sealed record Plot(IReadOnlyList<IReadOnlyList<string>> Paragraphs)
{
    /// <summary>The plots there are.</summary>
    public static readonly IReadOnlyList<Plot> All = [Plots.Clock, Plots.Letter, Plots.Stranger, Plots.Invention, Plots.Storm, Plots.Garden];
}
