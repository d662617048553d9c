using System.Runtime.InteropServices;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Where and how something was measured.</summary>
internal static class EnvironmentInfo
{
    public static IReadOnlyDictionary<string, string> With(params (string Name, string Value)[] options)
    {
        var facts = options.ToDictionary(option => option.Name, option => option.Value);
        facts["processors"] = $"{Environment.ProcessorCount}";
        facts["system"] = RuntimeInformation.OSDescription;
        facts["runtime"] = Environment.Version.ToString();
        return facts;
    }
}
