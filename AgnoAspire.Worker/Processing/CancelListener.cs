using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Cancellation;

namespace AgnoAspire.Worker.Processing;

/// <summary>Stops a job as soon as it is cancelled, also before its first chunk.</summary>
internal sealed partial class CancelListener(
    CancellationChannel channel, JobExecutions executions, TimeProvider time, ILogger<CancelListener> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var jobId in channel.SubscribeAsync(stoppingToken))
                {
                    executions.Stop(jobId, StopReason.Cancelled);
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

            await Task.Delay(RetryDelay, time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Redis is unavailable ({Fault}); appends and heartbeats report cancellations too.")]
    private partial void LogRedisUnavailable(string fault);
}
