namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>Reads fields that may be missing, null or of another type: <see langword="null"/> then.</summary>
public static class JsonFields
{
    /// <summary>Reads a field that is not null.</summary>
    public static JsonElement? Property(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Reads an integer.</summary>
    public static long? Number(this JsonElement json, string name) =>
        json.Property(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    /// <summary>Reads a number.</summary>
    public static double? Real(this JsonElement json, string name) =>
        json.Property(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) ? number : null;

    /// <summary>Reads a string, a number, or the text of an array of parts; never empty.</summary>
    public static string? Text(this JsonElement json, string name)
    {
        var text = json.Property(name) switch
        {
            { ValueKind: JsonValueKind.String } value => value.GetString(),
            { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
            { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(part => part.Text("text"))),
            _ => null,
        };
        return string.IsNullOrEmpty(text) ? null : text;
    }
}
