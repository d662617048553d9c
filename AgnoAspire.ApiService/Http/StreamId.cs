namespace AgnoAspire.ApiService.Http;

/// <summary>The id of a stream as the faces spell it: the job's own, with OpenAI's prefix on that face.</summary>
internal static class StreamId
{
    private const string Prefix = "chatcmpl-";

    public static string OpenAI(string jobId) => Prefix + jobId;

    /// <summary>The job's id, whichever way it is spelled; empty for none.</summary>
    public static string Read(string? id) => id is null ? "" : id.StartsWith(Prefix, StringComparison.Ordinal) ? id[Prefix.Length..] : id;
}
