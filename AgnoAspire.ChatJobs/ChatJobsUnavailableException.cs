using System.Diagnostics.CodeAnalysis;

namespace AgnoAspire.ChatJobs;

/// <summary>Redis cannot be reached, does not answer in time, or refuses commands. The outcome of the operation is unknown.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Only this project can know that Redis is unavailable.")]
public sealed class ChatJobsUnavailableException : Exception
{
    internal ChatJobsUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Gets the kind of failure for a log: a type name without any content.</summary>
    public string Fault => (InnerException ?? this).GetType().Name;

    internal static ChatJobsUnavailableException From(Exception failure) => new("Redis is unavailable.", failure);
}
