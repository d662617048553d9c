using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Catalog;

/// <summary>Reads a section whose children are options under names of their own.</summary>
internal static class StrictOptionsBinder
{
    /// <summary>Reads them.</summary>
    /// <param name="section">The section.</param>
    /// <param name="into">Where they go, by name.</param>
    /// <exception cref="OptionsValidationException">A setting is misspelt or its value cannot be read; the message says which, without the value.</exception>
    public static void Read<T>(IConfigurationSection section, Dictionary<string, T> into)
        where T : class
    {
        if (section.GetChildren().SelectMany(child => Misspelt(child, typeof(T))).FirstOrDefault() is { } mistake)
        {
            throw Invalid<T>(mistake);
        }

        try
        {
            // Without this flag the binder drops, in silence, an element that has a value it cannot read.
            section.Bind(into, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException exception)
        {
            // The binder names the setting in its message, but may name the value too.
            var culprit = section.GetChildren().SelectMany(Settings)
                .FirstOrDefault(setting => exception.ToString().Contains($"'{setting.Path}'", StringComparison.OrdinalIgnoreCase));
            throw Invalid<T>($"{culprit?.Path ?? section.Path} has a value that cannot be read; durations are written hh:mm:ss, choices by their names.");
        }
    }

    private static IEnumerable<string> Misspelt(IConfigurationSection options, Type type)
    {
        var properties = type.GetProperties().ToDictionary(property => property.Name, property => property.PropertyType, StringComparer.OrdinalIgnoreCase);
        foreach (var setting in options.GetChildren())
        {
            if (!properties.TryGetValue(setting.Key, out var kind))
            {
                yield return $"{setting.Path} is not a setting; those there are {string.Join(", ", properties.Keys)}.";
            }
            else if (kind.IsGenericType && kind.GetGenericTypeDefinition() == typeof(List<>))
            {
                var element = kind.GetGenericArguments()[0];
                foreach (var mistake in setting.GetChildren().SelectMany(child => Misspelt(child, element)))
                {
                    yield return mistake;
                }

                if (!string.IsNullOrEmpty(setting.Value) || setting.GetChildren().Any(child => child.Value is not null))
                {
                    yield return $"{setting.Path} is a list; write {setting.Path}:0:{element.GetProperties()[0].Name} and so on.";
                }
            }
        }
    }

    private static IEnumerable<IConfigurationSection> Settings(IConfigurationSection options) =>
        options.GetChildren().SelectMany(setting => Settings(setting).Append(setting));

    private static OptionsValidationException Invalid<T>(string failure) => new(typeof(T).Name, typeof(T), [failure]);
}
