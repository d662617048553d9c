namespace AgnoAspire.ApiService.Http;

/// <summary>Ids and paths of streams as each API writes them.</summary>
internal static class StreamId
{
    public const string ChatRoot = "/api/v1/chat";
    public const string OpenAIRoot = "/v1";

    private const string OpenAIPrefix = "chatcmpl-";
    private static readonly Uri Origin = new("http://origin");

    public static string ChatPath(string jobId) => $"{ChatRoot}/{jobId}";

    public static string OpenAIPath(string jobId) => $"{OpenAIRoot}/chat/completions/{OpenAI(jobId)}";

    public static string OpenAI(string jobId) => OpenAIPrefix + jobId;

    /// <summary>
    /// Returns a path for <c>Location</c>, relative to the request's: clients resolve it against the address they called, which may have a prefix
    /// that a proxy removes (RFC 9110, 10.2.2).
    /// </summary>
    public static string RelativeTo(HttpRequest request, string path) => new Uri(Origin, $"{request.Path}").MakeRelativeUri(new Uri(Origin, path)).ToString();

    /// <summary>Returns the job id, with or without OpenAI's prefix; empty for <see langword="null"/>.</summary>
    public static string Read(string? id) => id is null ? "" : id.StartsWith(OpenAIPrefix, StringComparison.Ordinal) ? id[OpenAIPrefix.Length..] : id;
}
