using System.Text.Json;
using AgnoAspire.ApiService.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Judges the fields that are not honoured: let through where they ask for nothing, refused by name otherwise.</summary>
internal static class UnsupportedParameters
{
    private static readonly string[] NotSupported =
    [
        "audio", "function_call", "functions", "logit_bias", "logprobs", "modalities", "prediction", "prompt_cache_key", "prompt_cache_retention",
        "safety_identifier", "service_tier", "store", "top_logprobs", "verbosity", "web_search_options", "refusal", "annotations",
    ];

    // What some clients always send, and what it is when it asks for nothing.
    private static readonly string[] AsksForNothing = ["false", "[]", "{}", "[\"text\"]", "\"auto\"", "\"default\"", "0"];

    /// <summary>Judges fields of one object.</summary>
    /// <param name="fields">The fields that are not read.</param>
    /// <param name="prefix">What stands before their names in a refusal.</param>
    /// <param name="echo">A field that only repeats another, as the SDKs' helpers add it to what they are to send back; or <see langword="null"/>.</param>
    /// <returns>The refusal of the first that asks for something, or <see langword="null"/>.</returns>
    public static ProblemHttpResult? Validate(IEnumerable<KeyValuePair<string, JsonElement>> fields, string prefix = "", string? echo = null)
    {
        foreach (var (name, value) in fields)
        {
            if (value.ValueKind == JsonValueKind.Null || name == echo)
            {
                continue;
            }

            var isKnown = NotSupported.Contains(name, StringComparer.Ordinal);
            if (!isKnown)
            {
                return ApiProblems.UnsupportedParameter(prefix + Shown(name), "there is no such parameter.");
            }

            if (!AsksForNothing.Contains(value.GetRawText(), StringComparer.Ordinal))
            {
                return ApiProblems.UnsupportedParameter(prefix + name, "is not supported; leave it out.");
            }
        }

        return null;
    }

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64];
}
