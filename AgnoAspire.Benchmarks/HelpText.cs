namespace AgnoAspire.Benchmarks;

/// <summary>What can be run.</summary>
internal static class HelpText
{
    public const int ExitCode = 2;

    public static int Print()
    {
        Console.WriteLine(
            """
            dotnet run -c Release --project AgnoAspire.Benchmarks -- <name> [options]

              chaos        faults of every kind under load; exit code 1 when an invariant broke
                           --chunks N    delivered chunks to reach (1000000)    --seconds N   shortest time under faults (60)
                           --streams N   streams at once (48)                   --viewers N   viewers of each stream (8)
                           --faults A,B  kinds of faults, or all, or none       --seed N      of the plan (1)
                           --fsync MODE  appendfsync of Redis (always)          --rolling N   streams of the rolling restart (200)

              overhead     added time to the first chunk and a chunk, beside a direct connection and Portkey   --rounds N (3)  --words N (40)
              throughput   pieces a second and processor time a piece, beside Redis and Kestrel alone           --rounds N (3)
              fanout       what a further viewer of the same stream costs the API, and that Redis does not notice it
                           --steps N,N   viewers (1,10,100,500,1000,2000)    --rate N   chunks a second (20)    --seconds N   a step (10)
              scale        many live streams, step by step until saturation: lag, and what a chunk and a stream cost
                           --steps N,N   streams (100,200,500,1000,2000,5000)
                           --rates N,N   pieces a second of a stream, a pass each (20)   --totals N,N   or of all streams together (4000)
                           --bound N     the p99 of the lag, in ms, past which it counts as saturated (250)    --seconds N   a step (10)
              queue        from the queue to a worker, on an idle and a loaded system, and jobs a second
                           --workers N,N   (1,4)    --jobs N   single ones (1000)    --gap N   ms between them (10)
                           --burst N       jobs of a burst (20000)    --streams N   live ones as the load (100)
                           all of these: --fsync MODE for an append-only file (none)

              micro        the hot paths one by one, with what they allocate; options are BenchmarkDotNet's, such as --filter '*Relay*'
            """);
        return ExitCode;
    }
}
