using AgnoAspire.ChatJobs.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.ChatJobs.Cancellation;

/// <summary>
/// Ends the waiting jobs when no worker has registered a model for twice <see cref="ChatJobsOptions.WorkerTimeout"/>: once until the models
/// expire, once more as this process sees it, so that an outage of Redis or a start of everything at once ends none.
/// </summary>
internal sealed partial class UnservedJobEnder(
    ModelRegistry models, JobCanceller canceller, ChatJobsOptions options, TimeProvider time, ILogger<UnservedJobEnder> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var served = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (await IsServedAsync())
                {
                    served = time.GetTimestamp();
                }
                else if (time.GetElapsedTime(served) > options.WorkerTimeout)
                {
                    await EndAsync();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    // An outage counts as served: whether workers are there is seen after it.
    private async Task<bool> IsServedAsync()
    {
        try
        {
            return (await models.ReadRegisteredAsync()).Length > 0;
        }
        catch (ChatJobsUnavailableException)
        {
            return true;
        }
    }

    private async Task EndAsync()
    {
        try
        {
            if (await canceller.EndUnservedAsync() is > 0 and var count)
            {
                LogEnded(count);
            }
        }
        catch (ChatJobsUnavailableException)
        {
            // The next tick goes on.
        }
    }

    [LoggerMessage(LogLevel.Error, "No worker is running: ended {JobCount} waiting jobs.")]
    private partial void LogEnded(int jobCount);
}
