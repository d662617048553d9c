using System.ClientModel.Primitives;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>Maps what a provider does to a typed failure: whether it is transient, whether the caller caused it, and which words may be passed on.</summary>
internal sealed partial class ProviderErrorMapper(string model, string? secret, TimeProvider timeProvider)
{
    private const int MaxTextLength = 300;
    private const int MinSecretLength = 8;
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromDays(1);

    /// <summary>Maps a response whose status is not success.</summary>
    public InferenceException MapStatus(PipelineResponse response, ReadOnlySpan<byte> body)
    {
        var error = ProviderError.Read(body);
        var (code, what, transient, isCallerError) = response.Status switch
        {
            401 or 403 => (ErrorCode.ProviderAuthentication, "did not accept our credentials", false, false),
            429 => (ErrorCode.ProviderRateLimited, "received too many requests", error is not { IsQuotaExceeded: true }, false),
            408 or 409 or 425 => (ErrorCode.ProviderRejected, "rejected the request", true, false),

            >= 500 => (ErrorCode.ProviderUnavailable, "failed", true, false),
            400 or 413 or 414 or 415 or 422 or 431 => (ErrorCode.ProviderRejected, "rejected the request", false, true),

            // Another endpoint may have what this one lacks, such as the model or credit.
            >= 400 => (ErrorCode.ProviderRejected, "rejected the request", false, false),
            _ => (ErrorCode.ProviderRejected, "did not answer with a stream", false, false),
        };

        // A body about credentials often quotes them, so none of its words are passed on.
        return Failure(
            code, $"{what} ({response.Status})", transient, code == ErrorCode.ProviderAuthentication ? null : error, isCallerError, RetryAfter(response));
    }

    /// <summary>Maps a successful response that is not an event stream.</summary>
    public InferenceException MapBody(ReadOnlySpan<byte> body) =>
        body.TrimStart(" \r\n"u8) is [(byte)'{' or (byte)'[', ..] && ProviderError.Read(body) is { } error ? Error(error) : Malformed("something that is not an event stream");

    /// <summary>Maps an event that is an error by its type, whatever its data.</summary>
    public InferenceException MapEvent(ReadOnlySpan<byte> data) => Error(ProviderError.Read(data) ?? new ProviderError(null, null));

    public InferenceException Error(ProviderError error) =>
        Failure(ErrorCode.ProviderError, "reported an error", !error.IsCallerError && !error.IsQuotaExceeded, error, error.IsCallerError);

    public InferenceException Unreachable() => Failure(ErrorCode.ProviderUnavailable, "could not be reached", transient: true);

    public InferenceException Closed() => Failure(ErrorCode.ProviderClosed, "closed the stream before the answer was finished", transient: true);

    public InferenceException Malformed(string what) => Failure(ErrorCode.ProviderMalformed, $"sent {what}", transient: false);

    private InferenceException Failure(
        string code, string what, bool transient, ProviderError? error = null, bool isCallerError = false, TimeSpan? retryAfter = null)
    {
        var words = Sanitize(error?.Message ?? "");
        return new InferenceException(code, $"The provider of model '{model}' {what}{(words.Length > 0 ? $": {words}" : ".")}")
        {
            Transient = transient,
            IsCallerError = isCallerError,
            RetryAfter = retryAfter,
        };
    }

    private TimeSpan? RetryAfter(PipelineResponse response)
    {
        if (!response.Headers.TryGetValue("Retry-After", out var value) || !RetryConditionHeaderValue.TryParse(value, out var header))
        {
            return null;
        }

        var wait = header.Delta ?? (header.Date!.Value - timeProvider.GetUtcNow());
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > MaxRetryAfter ? MaxRetryAfter : wait;
    }

    // One line of at most 300 characters, without control characters and without anything that looks like a key.
    private string Sanitize(string text)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            line.Append(Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator => " ",
                UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => "",
                _ => rune.ToString(),
            });
        }

        var clean = Spaces().Replace(line.ToString(), " ").Trim();
        clean = secret is { Length: >= MinSecretLength } ? clean.Replace(secret, "…", StringComparison.OrdinalIgnoreCase) : clean;
        clean = LooksLikeKey().Replace(clean, "…");
        return clean.Length <= MaxTextLength ? clean : $"{clean[..(MaxTextLength - (char.IsHighSurrogate(clean[MaxTextLength - 1]) ? 1 : 0))]}…";
    }

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\b(sk|pk|key)-[\w*.-]{4,}|\bBearer\s+\S+", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex LooksLikeKey();
}

/// <summary>An error as the provider reported it: untrusted text. Its kind is the type and the code.</summary>
internal sealed record ProviderError(string? Message, string? Kind)
{
    public bool IsQuotaExceeded => Contains("insufficient_quota") || Contains("billing") || Contains("402");

    public bool IsCallerError => (Contains("invalid") && !Contains("api_key")) || Contains("content_filter") || Contains("context_length") || Contains("400") || Contains("404");

    /// <summary>Reads data known to be an error, or the start of it: JSON of any shape or a plain text; null if it has no words.</summary>
    public static ProviderError? Read(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            using var document = JsonDocument.ParseValue(ref reader);
            return Find(document.RootElement) ?? Describe(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A page for browsers says nothing to a caller.
            var text = Encoding.UTF8.GetString(data).Trim();
            return text.Length == 0 || text[0] is '<' or '{' or '[' ? null : new ProviderError(text, null);
        }
    }

    /// <summary>Finds the error in an event that may be a part of an answer; null if it has none.</summary>
    public static ProviderError? Find(JsonElement root) => root.Property("error") is { } error && error.ValueKind != JsonValueKind.False
        ? Describe(error) ?? Describe(root) ?? new ProviderError(null, null)
        : root.Text("object") == "error" || root.Text("type") == "error" ? Describe(root) ?? new ProviderError(null, null) : null;

    // The words may be deeper: in an array, in an error within an error, or in FastAPI's list of details.
    private static ProviderError? Describe(JsonElement error) => error.ValueKind switch
    {
        JsonValueKind.String => new ProviderError(error.GetString(), null),
        JsonValueKind.Array => error.EnumerateArray().Select(item => Find(item) ?? Describe(item)).FirstOrDefault(found => found is not null),
        JsonValueKind.Object when Words(error) is { } words => new ProviderError(words, $"{error.Text("type")} {error.Text("code")} {error.Text("status")}"),
        JsonValueKind.Object when error.Text("type") is not null || error.Text("code") is not null =>
            new ProviderError(null, $"{error.Text("type")} {error.Text("code")}"),
        _ => null,
    };

    private static string? Words(JsonElement error)
    {
        foreach (var name in (ReadOnlySpan<string>)["message", "detail", "msg", "status_msg", "error", "errors", "base_resp"])
        {
            if (error.Property(name) is { ValueKind: JsonValueKind.String or JsonValueKind.Object or JsonValueKind.Array } value
                && Describe(value) is { Message: { Length: > 0 } words })
            {
                return words;
            }
        }

        return null;
    }

    private bool Contains(string word) => Kind?.Contains(word, StringComparison.OrdinalIgnoreCase) ?? false;
}
