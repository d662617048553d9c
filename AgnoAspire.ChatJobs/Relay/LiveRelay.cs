using System.Collections.Concurrent;
using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs.Jobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>The live streams this process relays: each once, however many viewers look at it.</summary>
public sealed partial class LiveRelay : BackgroundService
{
    /// <summary>How long a viewer counts as present without a word.</summary>
    internal static readonly TimeSpan ViewerStay = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan TickTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ViewerRefresh = TimeSpan.FromSeconds(10);

    private readonly string viewerName = JobId.New();
    private readonly Lock access = new();
    private readonly Dictionary<string, (LiveStream Stream, Task Opening)> streams = [];
    private readonly ConcurrentDictionary<string, long> departed = new();
    private readonly IConnectionMultiplexer redis;
    private readonly RelayContext backend;
    private readonly JobStore jobs;
    private readonly JobCanceller canceller;
    private readonly TimeSpan grace;
    private readonly ILogger logger;
    private long refreshed;
    private long missed;

    internal LiveRelay(
        IConnectionMultiplexer redis, RelayContext backend, JobStore jobs, JobCanceller canceller, IOptions<ChatJobsOptions> options, ILogger<LiveRelay> logger)
    {
        this.redis = redis;
        this.backend = backend;
        this.jobs = jobs;
        this.canceller = canceller;
        this.logger = logger;
        grace = options.Value.DisconnectGracePeriod;
        backend.Metrics.ObserveRelay(() => StreamCount, () => ViewerCount);
    }

    /// <summary>Gets how many streams are live in this process.</summary>
    public int StreamCount
    {
        get
        {
            lock (access)
            {
                return streams.Count;
            }
        }
    }

    /// <summary>Gets how many viewers look at them.</summary>
    public int ViewerCount => Snapshot().Sum(stream => stream.ViewerCount);

    /// <summary>Begins to watch a stream; Redis knows of the viewer when this returns.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="after">The sequence of the last chunk that was seen, 0 for none.</param>
    /// <param name="heartbeat">After how long without a chunk a read comes back as <see cref="ReadStatus.Idle"/>.</param>
    /// <param name="cancellationToken">Ends the watching.</param>
    /// <returns>The viewer, to be disposed when it leaves.</returns>
    /// <exception cref="RedisException">Redis is away.</exception>
    public async Task<Viewer> WatchAsync(string jobId, long after, TimeSpan heartbeat, CancellationToken cancellationToken)
    {
        var (stream, opening) = Hold(jobId);
        try
        {
            await opening.WaitAsync(cancellationToken);
        }
        catch
        {
            await ReleaseAsync(stream);
            throw;
        }

        departed.TryRemove(jobId, out _);
        return stream.Attach(after, heartbeat, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        redis.ConnectionRestored += OnConnectionRestored;
        refreshed = backend.Time.GetTimestamp();
        var reporting = Task.CompletedTask;
        try
        {
            using var timer = new PeriodicTimer(TickTime, backend.Time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var live = Snapshot();
                foreach (var stream in live)
                {
                    stream.Tick();
                }

                // Beside the ticks: viewers get their heartbeats while Redis keeps this waiting.
                if (reporting.IsCompleted)
                {
                    await reporting;
                    reporting = ReportAsync(live);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            redis.ConnectionRestored -= OnConnectionRestored;
            await reporting;
        }
    }

    private async Task ReportAsync(IEnumerable<LiveStream> live)
    {
        // Whoever could not reach Redis says first of all that its viewers are still here.
        if (Volatile.Read(ref missed) > refreshed || backend.Time.GetElapsedTime(refreshed) >= ViewerRefresh)
        {
            refreshed = backend.Time.GetTimestamp();
            await SafelyAsync(() => Task.WhenAll(live.Where(stream => !stream.HasEnded).Select(stream => jobs.ReportViewerAsync(stream.JobId, viewerName, ViewerStay))));
        }

        await SafelyAsync(CancelAbandonedAsync);
    }

    private (LiveStream Stream, Task Opening) Hold(string jobId)
    {
        lock (access)
        {
            if (!streams.TryGetValue(jobId, out var held))
            {
                var stream = new LiveStream(jobId, backend, ReleaseAsync);
                held = (stream, OpenAsync(stream));
                streams.Add(jobId, held);
            }

            held.Stream.Holders++;
            return held;
        }
    }

    private async Task OpenAsync(LiveStream stream)
    {
        var viewing = jobs.ReportViewerAsync(stream.JobId, viewerName, ViewerStay);
        await stream.OpenAsync();
        await viewing;
    }

    private async ValueTask ReleaseAsync(LiveStream stream)
    {
        Task opening;
        lock (access)
        {
            if (--stream.Holders > 0)
            {
                return;
            }

            streams.Remove(stream.JobId, out var held);
            opening = held.Opening;
        }

        // A viewer can leave before its stream is open; only an opened one can be closed without leaving its subscription behind.
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stream.DisposeAsync();
        if (!stream.HasEnded && !IsHeld(stream.JobId))
        {
            departed[stream.JobId] = backend.Time.GetTimestamp();
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
        if (Volatile.Read(ref missed) is > 0 and var last && backend.Time.GetElapsedTime(last) < ViewerStay)
        {
            return;
        }

        foreach (var (jobId, since) in departed)
        {
            if (backend.Time.GetElapsedTime(since) > grace + TickTime && departed.TryRemove(jobId, out _))
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
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            Miss();
            LogRedisAway(exception.GetType().Name);
        }
    }

    // Called by whatever thread finds it out.
    private void Miss() => Volatile.Write(ref missed, backend.Time.GetTimestamp());

    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs e)
    {
        Miss();
        foreach (var stream in Snapshot())
        {
            stream.RequestFill();
        }
    }

    private LiveStream[] Snapshot()
    {
        lock (access)
        {
            return [.. streams.Values.Select(held => held.Stream)];
        }
    }

    [LoggerMessage(LogLevel.Debug, "Redis is away ({Fault}); live streams stay open and go on when it returns.")]
    private partial void LogRedisAway(string fault);
}
