using AgnoAspire.ChatJobs;

namespace AgnoAspire.Testing.Explorer;

/// <summary>What must be there after a run, for as long as it was promised, and nothing after that.</summary>
internal sealed class FinalInspection(SimulatedServer server, RunModel model, SimulatedClock clock, ChatJobsOptions options)
{
    private const string DeadLetters = "x:v1:{queue}:dead";

    private static readonly HashSet<string> Permanent = ["x:v1:{queue}:meta", "x:v1:{queue}:models"];

    public void Check()
    {
        CheckDeadLetters();
        var ended = model.Jobs.Values.Where(job => job.EndedAt is not null).ToList();
        var moments = ended.SelectMany(job => (long[])[job.ReadableUntil - 1, job.KeptUntil - 1]).Where(at => at >= clock.Now).Distinct().Order();
        foreach (var moment in moments)
        {
            Advance(moment);
            ended.ForEach(CheckReadable);
        }

        var last = model.Jobs.Values.Select(job => job.KeptUntil).Append(clock.Now).Max();
        Advance(last + (long)(options.QueueTimeout + TimeSpan.FromMinutes(11)).TotalMilliseconds);
        var left = ((object?[])server.Raw.Execute("KEYS", "*")!).Select(Resp.Text).Where(key => !Permanent.Contains(key)).ToList();
        if (left.Count > 0)
        {
            throw new InvariantException($"Left behind after all retentions: {string.Join(", ", left)}.");
        }
    }

    private void Advance(long to)
    {
        clock.Advance(to);
        server.AdvanceTime();
    }

    private void CheckReadable(JobModel job)
    {
        if (job.EndedAt is null)
        {
            return;
        }

        var prefix = $"x:v1:{{job:{job.Id}}}";
        if (clock.Now < job.ReadableUntil)
        {
            var log = (object?[])server.Raw.Execute("LRANGE", $"{prefix}:chunks", "0", "-1")!;
            if (log.Length != job.Log.Count || log.Where((chunk, index) => !((byte[])chunk!).AsSpan().SequenceEqual(job.Log[index])).Any())
            {
                throw job.Broken($"the log has {log.Length} of {job.Log.Count} chunks");
            }
        }

        var status = Resp.Text(server.Raw.Execute("HGET", prefix, "status"));
        if (clock.Now < job.KeptUntil && status != job.Status)
        {
            throw job.Broken($"its status is '{status}' instead of '{job.Status}'");
        }
    }

    private void CheckDeadLetters()
    {
        var letters = ((object?[])server.Raw.Execute("ZRANGE", DeadLetters, "0", "-1")!).Select(Resp.Text).ToHashSet();
        var dead = model.Jobs.Values.Where(job => job.Status == "dead" && job.EndedAt is not null).ToList();
        foreach (var job in dead)
        {
            if (!letters.Contains(job.Id) && !job.IsRedriven && dead.Count <= options.MaxDeadLetters)
            {
                throw job.Broken("it is dead and has no dead letter");
            }

            if (server.Raw.Execute("HEXISTS", $"x:v1:{{job:{job.Id}}}", "request") is 0L)
            {
                throw job.Broken("its dead letter has no request");
            }
        }
    }
}
