namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Times and durations as scripts and keys have them: whole milliseconds.</summary>
internal static class RedisTime
{
    public static long Milliseconds(TimeSpan duration) => (long)duration.TotalMilliseconds;

    public static DateTimeOffset? Read(RedisValue milliseconds) =>
        milliseconds.IsNull ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds);
}
