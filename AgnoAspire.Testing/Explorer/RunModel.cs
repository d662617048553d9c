using AgnoAspire.ChatJobs;

namespace AgnoAspire.Testing.Explorer;

/// <summary>What the executed scripts did, which invariants are checked against.</summary>
internal sealed class RunModel(ChatJobsOptions options, SimulatedClock clock, Func<string, bool> hasViewer)
{
    private const string JobTag = "{job:";

    private readonly List<(string Caller, string Id, long At)> reservations = [];

    public Dictionary<string, JobModel> Jobs { get; } = [];

    /// <summary>Gets a value indicating whether the queue has changed since it was checked.</summary>
    public bool QueueChanged { get; set; }

    public void OnExecuted(string name, PendingCommand command, object? result)
    {
        QueueChanged |= name is "Enqueue" or "Release" or "Requeue" or "Renew" || (name is "Claim" or "Recover" && result is object?[] { Length: > 0 });
        if (name == "Reserve" && result is object?[] and [1L, ..])
        {
            OnReserved(command.Argument(1), int.Parse(command.ScriptArgument(1), CultureInfo.InvariantCulture), command.ScriptArgument(0));
        }

        if (name == "Settle" && result is 1L && command.ScriptArgument(1) == "-1")
        {
            reservations.RemoveAll(reservation => reservation.Id == command.ScriptArgument(0));
        }

        if (JobOf(command.Argument(1)) is not { } job)
        {
            return;
        }

        switch (name)
        {
            case "Accept" when result is 1L:
                job.OnAccepted(clock.Now + Milliseconds(options.QueueTimeout));
                break;
            case "Start" when result is object?[] and [byte[] state, ..] && Resp.Text(state) is "ready" or "cancelled":
                OnStarted(job, long.Parse(command.ScriptArgument(0), CultureInfo.InvariantCulture));
                job.OnMarked(Resp.Text(state) == "cancelled", byRequest: false, hasViewer, clock.Now);
                break;
            case "Relinquish" when result is 1L:
                job.Attempts.Remove(long.Parse(command.ScriptArgument(0), CultureInfo.InvariantCulture));
                break;
            case "Heartbeat" when result is 0L or 1L:
                job.Keep(clock.Now + Milliseconds(options.RunningJobTimeToLive));
                job.OnMarked(result is 0L, byRequest: false, hasViewer, clock.Now);
                break;
            case "Cancel":
                job.OnMarked(result is 1L, byRequest: command.ScriptArgument(0) == "request", hasViewer, clock.Now);
                break;
            case "Append" when result is object?[] and [1L, ..]:
                OnAppended(job, command);
                break;
            default:
                break;
        }
    }

    public void OnPublished(string channel, byte[] message, PendingCommand command)
    {
        if (!channel.EndsWith(":live", StringComparison.Ordinal) || JobOf(channel) is not { } job)
        {
            return;
        }

        var end = Array.IndexOf(message, (byte)'\n');
        var sequence = long.Parse(Encoding.UTF8.GetString(message, 0, end), CultureInfo.InvariantCulture);
        var chunk = message[(end + 1)..];
        job.OnChunk(sequence, chunk, long.Parse(command.ScriptArgument(0), CultureInfo.InvariantCulture), options, clock.Now);
    }

    public void OnExpired(string key, long at, bool logRemains)
    {
        if (JobOf(key) is not { } job || key.EndsWith(":viewers", StringComparison.Ordinal))
        {
            return;
        }

        var promised = key.EndsWith(":chunks", StringComparison.Ordinal) && job.EndedAt is not null ? job.ReadableUntil : job.KeptUntil;
        if (at < promised)
        {
            throw job.Broken($"{key} expired {promised - at} ms early");
        }

        if (key.EndsWith('}'))
        {
            job.OnForgotten();
            if (logRemains)
            {
                throw job.Broken("its record has expired and its log has not: who repeats the request continues an old answer");
            }
        }
    }

    public bool IsOver(string id) => Jobs.TryGetValue(id, out var job) && (job.EndedAt is not null || job.WasForgotten);

    public JobModel? JobOf(string key)
    {
        var start = key.IndexOf(JobTag, StringComparison.Ordinal);
        return start < 0 ? null : Jobs.GetValueOrDefault(key[(start + JobTag.Length)..key.IndexOf('}', start)]);
    }

    private void OnReserved(string caller, int limit, string id)
    {
        reservations.Add((caller, id, clock.Now));
        if (limit > 0 && reservations.Count(reservation => reservation.Caller == caller && reservation.At > clock.Now - 60_000) > limit)
        {
            throw new InvariantException($"More than {limit} requests of a caller within a minute.");
        }
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private void OnStarted(JobModel job, long token)
    {
        job.Keep(clock.Now + Milliseconds(options.RunningJobTimeToLive));
        job.Attempts.Add(token);
        job.OnRedriven();
        job.FencingToken = Math.Max(job.FencingToken, token);
    }

    private void OnAppended(JobModel job, PendingCommand command)
    {
        if (command.ScriptArgument(4) == "terminal")
        {
            var status = command.ScriptArgument(5);
            job.OnEnded(status, clock.Now, options.StreamRetention, status == "dead" ? options.DeadLetterRetention : options.ExpiredJobRetention);
        }
    }
}
