using AgnoAspire.ChatJobs;

namespace AgnoAspire.Worker.Processing;

/// <summary>Repeats work that needs Redis, also across outages.</summary>
internal static partial class RedisLoop
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs an action now and once per interval until the host stops. An outage of Redis skips a run.</summary>
    public static async Task RepeatAsync(TimeSpan interval, Func<Task> action, TimeProvider time, ILogger logger, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do
            {
                try
                {
                    await action();
                }
                catch (ChatJobsUnavailableException exception)
                {
                    LogRedisUnavailable(logger, exception.Fault);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops these services after the job processor has drained.
        }
    }

    /// <summary>Runs an operation, again and again while Redis is unavailable.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled during an outage.</exception>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> operation, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await operation();
            }
            catch (ChatJobsUnavailableException exception)
            {
                LogRedisUnavailable(logger, exception.Fault);
                await Task.Delay(RetryDelay, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Redis is unavailable ({Fault}); trying again.")]
    private static partial void LogRedisUnavailable(ILogger logger, string fault);
}
