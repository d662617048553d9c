namespace AgnoAspire.ApiService.Http;

/// <summary>Ids and paths of streams as each API writes them.</summary>
internal static class StreamId
{
    public const string ChatRoot = "/api/v1/chat";
    public const string OpenAIRoot = "/v1";

    private const string OpenAIPrefix = "chatcmpl-";

    public static string ChatPath(string jobId) => $"{ChatRoot}/{jobId}";

    public static string OpenAIPath(string jobId) => $"{OpenAIRoot}/chat/completions/{OpenAI(jobId)}";

    public static string OpenAI(string jobId) => OpenAIPrefix + jobId;

    /// <summary>Returns the job id, with or without OpenAI's prefix; empty for <see langword="null"/>.</summary>
    public static string Read(string? id) => id is null ? "" : id.StartsWith(OpenAIPrefix, StringComparison.Ordinal) ? id[OpenAIPrefix.Length..] : id;
}
