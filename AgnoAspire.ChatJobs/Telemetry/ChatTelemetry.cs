using System.Diagnostics;

namespace AgnoAspire.ChatJobs;

/// <summary>Every name under which this application shows itself to OpenTelemetry.</summary>
public static class ChatTelemetry
{
    /// <summary>The name of our activity source and of our meter.</summary>
    public const string Name = "AgnoAspire.ChatJobs";

    /// <summary>Gets the source of our spans.</summary>
    public static ActivitySource Source { get; } = new(Name);
}
