namespace AgnoAspire.Testing.Explorer;

/// <summary>What goes wrong in a run, and what people do in it, at moments that the seed chooses.</summary>
internal sealed class FaultInjection(Exploration run)
{
    private const int LongTime = 9000;
    private const int ShortTime = 500;

    /// <summary>Does one of these things, as chosen.</summary>
    public void Inject(List<SimulatedConnection> connections)
    {
        switch (run.Choose(10))
        {
            case < 3 when connections.Count > 0:
                Cut(connections[run.Choose(connections.Count)]);
                break;
            case 3 when connections.Count > 0:
                var stalled = connections[run.Choose(connections.Count)];
                stalled.Stall(run.Choose(LongTime));
                run.Note($"{stalled.Process.Name} {stalled.Name} stalls");
                break;
            case 4 when run.Processes.Alive.Count > 0:
                var suspended = run.Processes.Alive[run.Choose(run.Processes.Alive.Count)];
                suspended.Suspend(run.Choose(LongTime));
                run.Note($"{suspended.Name} is suspended");
                break;
            case 5 when run.Processes.Alive.Count > 0 && run.Processes.MayKill:
                run.Processes.Kill(run.Processes.Alive[run.Choose(run.Processes.Alive.Count)]);
                break;
            case 6:
                run.Processes.StartMissing();
                break;
            case 7 when run.Clients.Where(client => client.CanDisconnect).ToList() is { Count: > 0 } connected:
                var client = connected[run.Choose(connected.Count)];
                run.Note($"client {client.Job.Key} disconnects");
                run.Disconnect(client, forGood: run.Choose(4) == 0);
                break;
            case 8 when run.Processes.Alive.Find(static process => process.IsWorker) is { } worker && run.Choose(2) == 0:
                run.Note($"{worker.Name} is asked to stop");
                worker.Drain();
                break;
            default:
                run.Operate();
                break;
        }
    }

    private void Cut(SimulatedConnection connection)
    {
        var executed = run.Choose(Math.Min(connection.PendingCount, 2) + 1);
        var time = run.Choose(3) == 0 ? run.Choose(LongTime) : run.Choose(ShortTime);
        run.Note($"{connection.Process.Name} {connection.Name} cut after {executed} commands for {time} ms");
        connection.Cut(executed, time);
    }
}
