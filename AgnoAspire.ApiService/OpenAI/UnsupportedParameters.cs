namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Validates fields that are not supported: accepted if they request nothing, rejected by name otherwise.</summary>
internal static class UnsupportedParameters
{
    private const int MaxNameLength = 64;

    private static readonly string[] Known =
    [
        "audio", "function_call", "functions", "logit_bias", "logprobs", "modalities", "prediction", "prompt_cache_key", "prompt_cache_retention",
        "safety_identifier", "service_tier", "store", "top_logprobs", "verbosity", "web_search_options", "refusal", "annotations",
    ];

    // Values that clients send by default and that request nothing.
    private static readonly string[] EmptyValues = ["false", "[]", "{}", "[\"text\"]", "\"auto\"", "\"default\"", "0"];

    /// <summary>Returns the problem with the first field that requests something.</summary>
    /// <param name="fields">The fields that are not read.</param>
    /// <param name="prefix">Precedes their names in the problem.</param>
    /// <param name="echo">A field that repeats another one, which SDK helpers add to messages they send back.</param>
    public static ProblemHttpResult? Validate(IEnumerable<KeyValuePair<string, JsonElement>> fields, string prefix = "", string? echo = null)
    {
        foreach (var (name, value) in fields)
        {
            if (value.ValueKind == JsonValueKind.Null || name == echo)
            {
                continue;
            }

            if (!Known.Contains(name, StringComparer.Ordinal))
            {
                return ApiProblems.UnsupportedParameter(prefix + (name.Length <= MaxNameLength ? name : name[..MaxNameLength]), "Unknown parameter.");
            }

            if (!EmptyValues.Contains(value.GetRawText(), StringComparer.Ordinal))
            {
                return ApiProblems.UnsupportedParameter(prefix + name, "is not supported; omit it.");
            }
        }

        return null;
    }
}
