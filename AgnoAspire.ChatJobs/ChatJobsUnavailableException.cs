namespace AgnoAspire.ChatJobs;

/// <summary>Redis cannot be reached, does not answer in time, or refuses commands. The outcome of the operation is unknown.</summary>
public sealed class ChatJobsUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ChatJobsUnavailableException()
        : this("Redis is unavailable.")
    {
    }

    /// <summary>Creates the exception.</summary>
    public ChatJobsUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception for a failure of the Redis client.</summary>
    public ChatJobsUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Gets the kind of failure for a log: a type name without any content.</summary>
    public string Fault => (InnerException ?? this).GetType().Name;

    internal static ChatJobsUnavailableException From(Exception failure) => new("Redis is unavailable.", failure);
}
