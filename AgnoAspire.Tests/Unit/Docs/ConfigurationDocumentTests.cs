using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.RegularExpressions;
using AgnoAspire.ApiService;
using AgnoAspire.AppHost;
using AgnoAspire.ChatJobs;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Catalog;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Configuration;

namespace AgnoAspire.Tests.Unit.Docs;

/// <summary>docs/configuration.md lists every setting of the options classes once, with its default and range.</summary>
public sealed partial class ConfigurationDocumentTests
{
    private const string Document = "docs/configuration.md";

    private static readonly Assembly[] Projects =
        [typeof(ChatApiOptions).Assembly, typeof(ChatJobsOptions).Assembly, typeof(WorkerOptions).Assembly, typeof(AppHostSettings).Assembly];

    private static readonly string[] Sections = ["ChatApi:", "ChatJobs:", "Worker:", "Models:", "Providers:", "AgnoAspire:"];

    [Fact]
    public void Document_lists_every_setting_once()
    {
        var documented = Rows().Select(row => row.Name).ToArray();

        Assert.Equal(documented.Distinct(), documented);
        Assert.Equal(Settings().Keys.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Documented_defaults_are_those_of_the_code()
    {
        var settings = Settings();

        Assert.Empty(Rows().Where(row => !IsSame(row.Default, settings[row.Name].Default)).Select(row => $"{row.Name}: {settings[row.Name].Default}"));
    }

    [Fact]
    public void Documented_ranges_are_those_of_the_code()
    {
        var settings = Settings();

        Assert.Empty(Rows()
            .Where(row => settings[row.Name].Range is { } range && !IsRange(Documents.Code(row.Range).ToArray(), range))
            .Select(row => row.Name));
    }

    [Fact]
    public void Shared_settings_are_those_of_ChatJobs() => Assert.All(
        Documents.Rows(Documents.Section(Document, "Shared by API and workers")), row => Assert.StartsWith("`ChatJobs:", row[0], StringComparison.Ordinal));

    [Fact]
    public void Every_options_class_is_documented()
    {
        var documented = new HashSet<Type>();
        Settings(documented);
        var all = Projects.SelectMany(project => project.GetTypes())
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && !type.IsSubclassOf(typeof(AuthenticationSchemeOptions)))
            .Where(type => !type.GetProperties().Any(property => property.GetCustomAttribute<JsonPropertyNameAttribute>() is not null));

        Assert.Empty(all.Except(documented));
    }

    [Theory]
    [InlineData("*.md")]
    [InlineData("*.yaml")]
    [InlineData("*.sh")]
    [InlineData("*.cs")]
    public void Settings_that_a_file_names_exist(string pattern)
    {
        var known = Settings().Keys.Select(setting => string.Join(':', setting.Split(':').Take(2))).ToHashSet();
        var unknown = Documents.Files(pattern).SelectMany(file => NamedSetting().Matches(Documents.Read(file))
            .Where(match => !known.Contains($"{match.Groups[1].Value}:{match.Groups[2].Value}"))
            .Select(match => $"{file}: {match.Value}"));

        Assert.Empty(unknown);
    }

    [Fact]
    public void Settings_in_appsettings_exist()
    {
        var known = Settings().Keys.Select(setting => string.Join(':', setting.Split(':').Take(2))).ToHashSet();
        var unknown = Documents.Files("appsettings*.json").SelectMany(file => new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(Repository.Root, file))
            .Build()
            .GetChildren()
            .Where(section => Sections.Contains($"{section.Key}:") && section.Key is not ("Models" or "Providers"))
            .SelectMany(section => section.GetChildren())
            .Where(setting => !known.Contains(setting.Path))
            .Select(setting => $"{file}: {setting.Path}"));

        Assert.Empty(unknown);
    }

    private static IEnumerable<(string Name, string Default, string Range)> Rows() => Documents.Rows(Documents.Read(Document))
        .Select(row => (Name: row[0].Trim('`'), Default: row[1], Range: row[2]))
        .Where(row => Sections.Any(section => row.Name.StartsWith(section, StringComparison.Ordinal)));

    private static Dictionary<string, Setting> Settings(HashSet<Type>? seen = null)
    {
        var roots = Projects.SelectMany(project => project.GetTypes())
            .Select(type => (Type: type, Section: type.GetField("Section", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)))
            .Select(root => (root.Type, Section: root.Section is { IsLiteral: true } section ? (string?)section.GetRawConstantValue() : null))
            .Where(root => root.Section is not null)
            .Append((typeof(ModelCatalogOptions), ""));
        var settings = new Dictionary<string, Setting>();
        foreach (var (type, section) in roots)
        {
            Add(settings, type, section!, seen ?? []);
        }

        return settings;
    }

    private static void Add(Dictionary<string, Setting> settings, Type type, string section, HashSet<Type> seen)
    {
        seen.Add(type);
        var defaults = Activator.CreateInstance(type);
        foreach (var property in type.GetProperties())
        {
            var name = section.Length == 0 ? property.Name : $"{section}:{property.Name}";
            var arguments = property.PropertyType.GetGenericArguments();
            var isList = typeof(IEnumerable).IsAssignableFrom(property.PropertyType) && arguments.Length > 0;
            var element = isList ? arguments[^1] : null;
            name = element is null ? name : arguments.Length == 2 ? $"{name}:<name>" : $"{name}:<n>";
            if (element?.Name.EndsWith("Options", StringComparison.Ordinal) is true)
            {
                Add(settings, element, name, seen);
            }
            else
            {
                settings.Add(name, new Setting(isList ? null : property.GetValue(defaults), property.GetCustomAttribute<RangeAttribute>()));
            }
        }
    }

    // A default without a fixed value is described in words.
    private static bool IsSame(string documented, object? value) => value is null or ""
        ? !documented.StartsWith('`') || documented.Contains(';', StringComparison.Ordinal) || documented.Contains(" for ", StringComparison.Ordinal)
        : Documents.Code(documented).FirstOrDefault() is { } text && IsValue(text, value);

    private static bool IsRange(string[] documented, RangeAttribute range) =>
        documented is [var least, var most] && IsValue(least, range.Minimum) && IsValue(most, range.Maximum);

    private static bool IsValue(string text, object value) => value switch
    {
        TimeSpan time => TimeSpan.Parse(text, CultureInfo.InvariantCulture) == time,
        bool flag => text == (flag ? "true" : "false"),
        string other when TimeSpan.TryParse(other, CultureInfo.InvariantCulture, out var limit) => IsValue(text, limit),
        _ => text == Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"\b(ChatApi|ChatJobs|Worker|AgnoAspire)(?:__|:)([A-Z][A-Za-z]+)")]
    private static partial Regex NamedSetting();

    private sealed record Setting(object? Default, RangeAttribute? Range);
}
