using YamlDotNet.RepresentationModel;

namespace AgnoAspire.Tests.Deploy;

/// <summary>Reads YAML into maps, lists and scalars with the types Kubernetes gives them: a quoted number is a text.</summary>
internal static class ChartYaml
{
    public static object? Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return Value(stream.Documents.Single().RootNode);
    }

    /// <summary>Reads the value at a path of keys and indexes, as a text.</summary>
    public static string? At(object? value, params object[] path)
    {
        foreach (var step in path)
        {
            value = step is int index ? ((List<object?>)value!)[index] : ((Dictionary<string, object?>)value!).GetValueOrDefault((string)step);
        }

        return Convert.ToString(value, CultureInfo.InvariantCulture);
    }

    private static object? Value(YamlNode node) => node switch
    {
        YamlMappingNode map => map.Children.ToDictionary(child => ((YamlScalarNode)child.Key).Value!, child => Value(child.Value)),
        YamlSequenceNode list => list.Children.Select(Value).ToList(),
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } scalar => Plain(scalar.Value!),
        YamlScalarNode scalar => scalar.Value,
        _ => throw new InvalidOperationException($"A chart has no {node.NodeType}."),
    };

    private static object? Plain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" => true,
        "false" => false,
        _ => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : text,
    };
}
