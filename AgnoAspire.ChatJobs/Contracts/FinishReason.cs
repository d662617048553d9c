namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>Why a stream ended, as its terminal chunk says it in <c>finish_reason</c>.</summary>
public static class FinishReason
{
    /// <summary>The model had said all, or met a stop text.</summary>
    public const string Stop = "stop";

    /// <summary>The answer reached the most tokens allowed.</summary>
    public const string Length = "length";

    /// <summary>The provider withheld the rest.</summary>
    public const string ContentFilter = "content_filter";

    /// <summary>The model wants functions called and waits for their results.</summary>
    public const string ToolCalls = "tool_calls";

    /// <summary>The caller, or the absence of any viewer, ended it.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>It failed; the terminal chunk carries <c>error</c>.</summary>
    public const string Error = "error";
}
