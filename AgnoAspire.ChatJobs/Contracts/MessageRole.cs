namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>The roles a message can have, as they are spelled on the wire.</summary>
public static class MessageRole
{
    /// <summary>Instructions of the application.</summary>
    public const string System = "system";

    /// <summary>Instructions of the application, by the name newer models use.</summary>
    public const string Developer = "developer";

    /// <summary>The person.</summary>
    public const string User = "user";

    /// <summary>The model, in an earlier turn.</summary>
    public const string Assistant = "assistant";

    /// <summary>The answer to a call the model made.</summary>
    public const string Tool = "tool";
}
