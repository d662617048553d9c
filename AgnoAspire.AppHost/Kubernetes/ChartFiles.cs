namespace AgnoAspire.AppHost;

/// <summary>The part of the chart that is written by hand, and the few words of Aspire's part that it has no setting for.</summary>
internal static class ChartFiles
{
    private const string Values = "values.yaml";

    private static readonly string Source = Path.Combine(AppContext.BaseDirectory, "Kubernetes", "Chart");

    /// <summary>Adds the files to a chart that Aspire has just written.</summary>
    /// <exception cref="InvalidOperationException">The chart is not as this version of Aspire writes it.</exception>
    public static void AddTo(string chart, string version)
    {
        foreach (var file in Directory.EnumerateFiles(Source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(chart, Path.GetRelativePath(Source, file));
            if (Path.GetFileName(file) != Values)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target, overwrite: true);
            }
        }

        var values = Path.Combine(chart, Values);
        File.AppendAllText(values, File.ReadAllText(Path.Combine(Source, Values)));
        ReplaceOnce(values, "\"api:latest\"", $"\"agnoaspire-api:{version}\"");
        ReplaceOnce(values, "\"worker:latest\"", $"\"agnoaspire-worker:{version}\"");

        // A pod that sleeps before it stops needs no shell only from here on.
        ReplaceOnce(Path.Combine(chart, "Chart.yaml"), ">= 1.18.0-0", ">= 1.30.0-0");
    }

    private static void ReplaceOnce(string file, string old, string @new)
    {
        var parts = File.ReadAllText(file).Split(old);
        if (parts.Length != 2)
        {
            throw new InvalidOperationException($"{Path.GetFileName(file)} has {old} {parts.Length - 1} times instead of once: see what Aspire writes now.");
        }

        File.WriteAllText(file, string.Join(@new, parts));
    }
}
