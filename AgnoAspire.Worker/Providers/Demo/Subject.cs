namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>What a prompt is about. All of it is cleaned and short.</summary>
/// <param name="Hero">A name, or <see langword="null"/>.</param>
/// <param name="Described">Somebody or something as the prompt describes it, such as "a robot", or <see langword="null"/>.</param>
/// <param name="Friend">A second name or description, or <see langword="null"/>.</param>
/// <param name="Topic">What it is about if that is nobody, such as "the sea", or <see langword="null"/>.</param>
/// <param name="Quote">The prompt's first words; empty if it has none.</param>
/// <param name="WantsStory">Whether the prompt asks for a story.</param>
internal sealed record Subject(string? Hero, string? Described, string? Friend, string? Topic, string Quote, bool WantsStory)
{
    /// <summary>Gets a value indicating whether the prompt names or describes anything.</summary>
    public bool IsKnown => Hero is not null || Described is not null || Topic is not null;
}
