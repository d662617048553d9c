namespace AgnoAspire.Worker.Catalog;

/// <summary>Binds a section whose children are options by name, and fails on settings the configuration binder would ignore.</summary>
internal static class StrictOptionsBinder
{
    /// <summary>Binds the section.</summary>
    /// <exception cref="OptionsValidationException">A setting is unknown or its value invalid; the message names it, without the value.</exception>
    public static void Bind<T>(IConfigurationSection section, Dictionary<string, T> options)
        where T : class
    {
        var settings = section.GetChildren().SelectMany(Settings).OrderBy(setting => setting.Path.Split(':').Length).ToList();
        try
        {
            section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException exception)
        {
            // The exception may quote the value. It names an invalid setting by its path, an unknown one by its key.
            var text = exception.ToString();
            throw Invalid<T>(
                settings.Find(setting => text.Contains($"'{setting.Path}'", StringComparison.OrdinalIgnoreCase)) is { } invalid
                    ? $"{invalid.Path} has an invalid value; write durations as hh:mm:ss, choices by name, lists as {invalid.Path}:0:<setting>."
                : settings.Find(setting => text.Contains($"'{setting.Key}'", StringComparison.Ordinal) && !IsKnown<T>(setting)) is { } unknown
                    ? $"{unknown.Path} is not a setting."
                : $"{section.Path} is invalid.");
        }
    }

    // Models:<name>:<setting> that exists; a setting below a list is of another type.
    private static bool IsKnown<T>(IConfigurationSection setting) =>
        setting.Path.Split(':').Length == 3 && typeof(T).GetProperties().Any(property => property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<IConfigurationSection> Settings(IConfigurationSection options) =>
        options.GetChildren().SelectMany(setting => Settings(setting).Append(setting));

    private static OptionsValidationException Invalid<T>(string failure) => new(typeof(T).Name, typeof(T), [failure]);
}
