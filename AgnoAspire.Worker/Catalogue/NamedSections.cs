using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Catalogue;

/// <summary>Reads a section whose children are options under names of their own.</summary>
internal static class NamedSections
{
    /// <summary>Reads them.</summary>
    /// <param name="section">The section.</param>
    /// <param name="into">Where they go, by name.</param>
    /// <exception cref="OptionsValidationException">A setting is misspelt or its value cannot be read; the message says which, without the value.</exception>
    public static void Read<T>(IConfigurationSection section, Dictionary<string, T> into)
        where T : class
    {
        var settings = typeof(T).GetProperties().Select(property => property.Name).ToArray();
        foreach (var setting in section.GetChildren().SelectMany(child => child.GetChildren()))
        {
            if (!settings.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw Invalid<T>($"{setting.Path} is not a setting; those there are {string.Join(", ", settings)}.");
            }
        }

        try
        {
            // Without this flag the binder drops, in silence, an element that has a value it cannot read.
            section.Bind(into, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException exception)
        {
            // The binder names the setting in its message, but may name the value too.
            var culprit = section.GetChildren().SelectMany(child => child.GetChildren())
                .FirstOrDefault(setting => exception.ToString().Contains($"'{setting.Path}'", StringComparison.OrdinalIgnoreCase));
            throw Invalid<T>($"{culprit?.Path ?? section.Path} has a value that cannot be read; durations are written hh:mm:ss, choices by their names.");
        }
    }

    private static OptionsValidationException Invalid<T>(string failure) => new(typeof(T).Name, typeof(T), [failure]);
}
