using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Streams;
using Microsoft.AspNetCore.Http;

namespace AgnoAspire.Testing.Explorer;

/// <summary>Cancels, reads and redrives jobs, and pauses the queue.</summary>
internal sealed class Operator(Exploration run, RunModel model)
{
    private const string State = "x:v1:{queue}:meta";

    private int pauses;

    public async Task ActAsync()
    {
        if (run.Processes.ChooseApi() is not { } api || model.Jobs.Count == 0)
        {
            return;
        }

        var job = model.Jobs.Values.ElementAt(run.Choose(model.Jobs.Count));
        var kind = run.Choose(8);
        using var call = new ApiCall(api, job.Owner);
        var status = await call.SendAsync(async context => kind switch
        {
            < 2 => await api.Get<ChatStreams>().CancelAsync(context, job.Id),
            < 5 => await ReadAsync(api, job),
            5 => await RedriveAsync(api),
            6 => await PauseAsync(api),
            _ => await ResumeAsync(api),
        });
        run.Note($"operator {kind} of {job.Key}: {status}");
    }

    /// <summary>Ends a pause, also one that was under way.</summary>
    public void ResumeQueue()
    {
        if (pauses > 0)
        {
            run.Execute("HDEL", State, "paused");
        }
    }

    private async Task<IResult> PauseAsync(SimulatedProcess api)
    {
        pauses++;
        await api.Get<QueueAdmin>().PauseAsync();
        return TypedResults.Empty;
    }

    private static async Task<IResult> ResumeAsync(SimulatedProcess api)
    {
        await api.Get<QueueAdmin>().ResumeAsync();
        return TypedResults.Empty;
    }

    // As GET does: the record, then as many chunks as it had.
    private static async Task<IResult> ReadAsync(SimulatedProcess api, JobModel job)
    {
        var keptUntil = job.KeptUntil;
        var accepted = job.IsAccepted;
        var found = await api.Get<JobStore>().ReadAsync(job.Id);
        if (found is null)
        {
            return accepted && api.Get<TimeProvider>().GetTimestamp() < keptUntil ? throw job.Broken("GET does not find it") : TypedResults.NotFound();
        }

        var chunks = await api.Get<StreamLog>().ReadAsync(job.Id, 1, (int)Math.Max(found.ChunkCount, 1));
        if (found.ChunkCount > 0 && chunks.Length >= found.ChunkCount && found.HasEnded != chunks[found.ChunkCount - 1].IsTerminal)
        {
            throw job.Broken($"GET shows status {found.Status} with {found.ChunkCount} chunks, the last one terminal: {chunks[^1].IsTerminal}");
        }

        return TypedResults.Ok();
    }

    private async Task<IResult> RedriveAsync(SimulatedProcess api)
    {
        var letters = api.Get<DeadLetterQueue>();
        foreach (var letter in await letters.ListAsync(10))
        {
            if (!model.Jobs.TryGetValue(letter.JobId, out var dead))
            {
                throw new InvariantException($"A dead letter of an unknown job {letter.JobId}.");
            }

            var id = JobId.Of(dead.Owner, $"redrive {dead.Id}");
            model.Jobs.TryAdd(id, new JobModel(id, dead.Owner, $"{dead.Key}'", dead.Answer) { DeadJob = dead });
            var result = await letters.RedriveAsync(dead.Id);
            if (result is null && !dead.IsRedriven && !dead.WasForgotten)
            {
                throw dead.Broken("its dead letter cannot be redriven");
            }

            if (result is { Ticket.Status: EnqueueStatus.Accepted })
            {
                model.Jobs[id].OnResponse(result.Value.JobId);
            }
        }

        return TypedResults.Ok();
    }
}
