using System.Diagnostics.Metrics;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Tests.Unit.Worker.Inference;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Tests.Unit.Worker.Processing;

/// <summary>Slots, and the executions that hold them.</summary>
public sealed class JobExecutionsTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Newer_claim_of_a_job_stops_the_older_execution()
    {
        var executions = Create();
        var older = executions.Add(new JobClaim("job", 1), () => { });
        var newer = executions.Add(new JobClaim("job", 2), () => { });

        Assert.Equal((StopReason.Lost, StopReason.None), (older.Reason, newer.Reason));
        executions.Remove(older);
        Assert.Equal([newer], executions.Snapshot);
        executions.Stop(new JobClaim("job", 1), StopReason.Lost);
        Assert.Equal(StopReason.None, newer.Reason);
        executions.Stop(newer.Claim, StopReason.Draining);
        executions.Stop("job", StopReason.Cancelled);
        Assert.Equal((StopReason.Draining, true), (newer.Reason, newer.Stopping.IsCancellationRequested));
        executions.Remove(newer);
        executions.Stop("job", StopReason.Cancelled);
        Assert.Empty(executions.Snapshot);
    }

    [Fact]
    public void All_executions_are_stopped_and_numbered()
    {
        var executions = Create();
        for (var i = 0; i < 5; i++)
        {
            executions.Add(new JobClaim($"job{i}", 1), () => { });
        }

        executions.StopAll(StopReason.Draining);

        Assert.All(executions.Snapshot, execution => Assert.Equal(StopReason.Draining, execution.Reason));
        Assert.Equal(Enumerable.Range(0, 5), executions.Snapshot.Select(execution => execution.Number).Order());
    }

    [Fact]
    public void Drain_stops_a_job_that_waits_now_or_later_and_no_other()
    {
        var executions = Create();
        var claimed = executions.Add(new JobClaim("claimed", 1), () => { });
        var running = Start(executions, "running");
        var waiting = Start(executions, "waiting");
        var resumed = Start(executions, "resumed");
        waiting.SetWaiting(true);
        resumed.SetWaiting(true);
        resumed.SetWaiting(false);

        executions.DrainAll();
        Assert.Equal(
            (StopReason.Draining, StopReason.None, StopReason.Draining, StopReason.None), (claimed.Reason, running.Reason, waiting.Reason, resumed.Reason));

        running.SetWaiting(true);
        Assert.Equal((StopReason.Draining, true), (running.Reason, running.IsDraining));
        executions.StopAll(StopReason.Draining);
        Assert.Equal(StopReason.Draining, resumed.Reason);
    }

    [Fact]
    public async Task Job_that_yields_frees_its_slot_once_and_only_while_an_extra_slot_is_free()
    {
        using var slots = new JobSlots(1);
        var first = await slots.TakeAsync(Cancel);
        var second = slots.TakeAsync(Cancel);
        Assert.False(second.IsCompleted);

        first.Yield();
        first.Yield();
        var holder = await second.WaitAsync(Bound, Cancel);
        var third = slots.TakeAsync(Cancel);
        holder.Yield();
        Assert.False(third.IsCompleted);

        first.Release();
        Assert.False(third.IsCompleted);
        holder.Yield();
        await third.WaitAsync(Bound, Cancel);
    }

    private static JobExecution Start(JobExecutions executions, string id)
    {
        var execution = executions.Add(new JobClaim(id, 1), () => { });
        execution.Job = new ClaimedJob(execution.Claim, ScriptedModel.Prompt, "owner", false, 0, null, null, DateTimeOffset.UnixEpoch, null, 1);
        return execution;
    }

    private static JobExecutions Create() => new(
        new ChatJobsMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()), Options.Create(new WorkerOptions()));
}
