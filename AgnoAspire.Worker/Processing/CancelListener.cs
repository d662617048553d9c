using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.Worker.Processing;

/// <summary>Stops a job the moment its cancel arrives, also before its first chunk.</summary>
internal sealed partial class CancelListener(CancellationChannel wire, JobExecutions running, TimeProvider time, ILogger<CancelListener> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var jobId in wire.SubscribeAsync(stoppingToken))
                {
                    running.Stop(jobId, StopReason.Cancelled);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (ChatJobsUnavailableException exception)
            {
                LogRedisUnavailable(exception.Fault);
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Cannot listen for cancels while Redis is unavailable ({Fault}); appends and pulses find them too.")]
    private partial void LogRedisUnavailable(string fault);
}
