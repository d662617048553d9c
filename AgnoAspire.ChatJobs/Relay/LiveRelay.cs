using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs.Jobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>The live streams that this process relays: one subscription each, however many viewers it has.</summary>
public sealed partial class LiveRelay : BackgroundService
{
    private const int ReportsAtOnce = 64;
    private static readonly TimeSpan TickTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);

    private readonly string viewerName = JobId.New();
    private readonly Lock access = new();
    private readonly Dictionary<string, (LiveStream Stream, Task Opening, int Holders)> streams = [];
    private readonly ConcurrentDictionary<string, long> departed = new();
    private readonly RedisConnection redis;
    private readonly RelayContext context;
    private readonly JobStore jobs;
    private readonly JobCanceller canceller;
    private readonly TimeSpan grace;
    private readonly ILogger logger;
    private readonly JobSchedule schedule;
    private int opened;
    private long reported;
    private long missed;

    /// <summary>Creates the relay.</summary>
    public LiveRelay(
        RedisConnection redis, RelayContext context, JobStore jobs, JobCanceller canceller, ChatJobsOptions options, ILogger<LiveRelay> logger)
    {
        this.redis = redis;
        this.context = context;
        this.jobs = jobs;
        this.canceller = canceller;
        this.logger = logger;
        grace = options.DisconnectGracePeriod;
        schedule = new JobSchedule(ReportInterval, context.Time);
        context.Metrics.ObserveRelay(() => StreamCount, () => ViewerCount);
    }

    /// <summary>Gets how many streams are live in this process.</summary>
    public int StreamCount => Snapshot().Length;

    /// <summary>Gets how many viewers look at them.</summary>
    public int ViewerCount => Snapshot().Sum(stream => stream.ViewerCount);

    /// <summary>
    /// Attaches a viewer to a stream after the chunk it has seen last, 0 for none, until it is disposed or the token is cancelled. The viewer is
    /// recorded in Redis when this returns. A read that gets no chunk within the idle timeout returns <see cref="ReadStatus.Idle"/>.
    /// While a job is being admitted its viewer is recorded even if this process relays the stream already: the record may be a new one.
    /// </summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public async Task<Viewer> WatchAsync(
        string jobId, long after, TimeSpan idleTimeout, CancellationToken cancellationToken, bool isBeingAdmitted = false)
    {
        var (stream, opening, isFirst) = Hold(jobId);
        try
        {
            await opening.WaitAsync(cancellationToken);
            if (isBeingAdmitted && !isFirst)
            {
                await jobs.ReportViewerAsync(jobId, viewerName, ChatJobsOptions.ViewerPresence);
            }
        }
        catch
        {
            await ReleaseAsync(stream);
            throw;
        }

        departed.TryRemove(jobId, out _);
        return stream.Attach(after, idleTimeout, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        redis.Multiplexer.ConnectionRestored += OnConnectionRestored;
        reported = context.Time.GetTimestamp();
        var reporting = Task.CompletedTask;
        try
        {
            using var timer = new PeriodicTimer(TickTime, context.Time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var live = Snapshot();
                foreach (var stream in live)
                {
                    stream.Tick();
                }

                // Not awaited: viewers get their keep-alives also while Redis is slow.
                if (reporting.IsCompleted)
                {
                    await reporting;
                    reporting = ReportAsync(live);
                }
            }
        }
        finally
        {
            redis.Multiplexer.ConnectionRestored -= OnConnectionRestored;
            await reporting;
        }
    }

    private async Task ReportAsync(IEnumerable<LiveStream> live)
    {
        // After an outage all viewers are reported at once: their presence may be about to expire.
        var isLate = Volatile.Read(ref missed) > reported;
        reported = context.Time.GetTimestamp();
        schedule.Advance();
        await SafelyAsync(async () =>
        {
            foreach (var batch in live.Where(IsDue).Chunk(ReportsAtOnce))
            {
                await Task.WhenAll(batch.Select(stream => jobs.ReportViewerAsync(stream.JobId, viewerName, ChatJobsOptions.ViewerPresence)));
            }

            schedule.Complete();
        });
        await SafelyAsync(CancelAbandonedAsync);

        bool IsDue(LiveStream stream) => !stream.HasEnded && (isLate || schedule.IsDue(stream.Number));
    }

    private (LiveStream Stream, Task Opening, bool IsFirst) Hold(string jobId)
    {
        lock (access)
        {
            if (!streams.TryGetValue(jobId, out var held))
            {
                var stream = new LiveStream(jobId, context, ReleaseAsync) { Number = opened++ };
                held = (stream, OpenAsync(stream), Holders: 0);
            }

            streams[jobId] = (held.Stream, held.Opening, held.Holders + 1);
            return (held.Stream, held.Opening, held.Holders == 0);
        }
    }

    private async Task OpenAsync(LiveStream stream)
    {
        var viewing = jobs.ReportViewerAsync(stream.JobId, viewerName, ChatJobsOptions.ViewerPresence);
        await stream.Follower.OpenAsync();
        await viewing;
    }

    private async ValueTask ReleaseAsync(LiveStream stream)
    {
        Task opening;
        lock (access)
        {
            var held = streams[stream.JobId];
            if (held.Holders > 1)
            {
                streams[stream.JobId] = (held.Stream, held.Opening, held.Holders - 1);
                return;
            }

            streams.Remove(stream.JobId);
            opening = held.Opening;
        }

        // A viewer can leave before its stream is open; only an opened one can be closed without leaving its subscription behind.
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await stream.DisposeAsync();
        if (!stream.HasEnded && !IsHeld(stream.JobId))
        {
            departed[stream.JobId] = context.Time.GetTimestamp();
            await SafelyAsync(() => jobs.ReportViewerAsync(stream.JobId, viewerName, TimeSpan.Zero));
        }
    }

    private bool IsHeld(string jobId)
    {
        lock (access)
        {
            return streams.ContainsKey(jobId);
        }
    }

    private async Task CancelAbandonedAsync()
    {
        // Other replicas may come back from an outage later than this one, and have viewers too.
        if (Volatile.Read(ref missed) is > 0 and var last && context.Time.GetElapsedTime(last) < ChatJobsOptions.ViewerPresence)
        {
            return;
        }

        foreach (var (jobId, since) in departed)
        {
            if (context.Time.GetElapsedTime(since) > grace + TickTime && departed.TryRemove(jobId, out _))
            {
                await canceller.CancelIfAbandonedAsync(jobId);
            }
        }
    }

    private async Task SafelyAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (ChatJobsUnavailableException exception)
        {
            Miss();
            LogUnavailable(exception.Fault);
        }
    }

    // On any thread.
    private void Miss() => Volatile.Write(ref missed, context.Time.GetTimestamp());

    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs e)
    {
        Miss();
        foreach (var stream in Snapshot())
        {
            stream.Follower.RequestFill();
        }
    }

    private LiveStream[] Snapshot()
    {
        lock (access)
        {
            return [.. streams.Values.Select(held => held.Stream)];
        }
    }

    [LoggerMessage(LogLevel.Debug, "Redis is unavailable ({Fault}); live streams stay open and continue when it is back.")]
    private partial void LogUnavailable(string fault);
}
