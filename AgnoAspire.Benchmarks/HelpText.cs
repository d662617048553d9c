namespace AgnoAspire.Benchmarks;

/// <summary>The verbs and their options.</summary>
internal static class HelpText
{
    public const int ExitCode = 2;

    public static int Print()
    {
        Console.WriteLine(
            """
            dotnet run -c Release --project AgnoAspire.Benchmarks -- <verb> [options]

              chaos        faults of every kind under load; exit code 1 when an invariant broke
                           --chunks N    delivered chunks to reach (1000000)    --seconds N   minimum time under faults (60)
                           --streams N   concurrent streams (48)                --viewers N   viewers of each stream (8)
                           --faults A,B  kinds of faults, or all, or none       --seed N      of the fault plan (1)
                           --fsync MODE  appendfsync of Redis (always)          --rolling N   streams of the rolling restart (200)
                           --redis MODE  single, or sentinel: two replicas, three Sentinels (single)

              overhead     added latency of the first and of later deltas, beside a direct connection and Portkey   --rounds N (3)  --deltas N (40)
              throughput   deltas per second and processor time per delta, beside Redis and Kestrel alone           --rounds N (3)
              fanout       cost of a further viewer of the same stream for the API, and that Redis has none
                           --steps N,N   viewers (1,10,100,500,1000,2000)    --rate N   deltas per second (20)    --seconds N   per step (10)
              scale        many live streams, step by step until saturation: delay, and cost per delta, chunk and stream
                           --steps N,N   streams (100,200,500,1000,2000,5000)
                           --rates N,N   deltas per second of each stream, a pass each (20)   --totals N,N   or of all streams together (4000)
                           --bound N     p99 of the delay, in ms, above which it is saturated (250)    --seconds N   per step (10)
              queue        time from the queue to a worker, on an idle and a loaded system, and jobs per second
                           --workers N,N   (1,4)    --jobs N   single jobs (1000)    --gap N   ms between them (10)
                           --burst N       jobs of a burst (20000)    --streams N   live streams as the load (100)
                           all of these: --fsync MODE for an append-only file (none)

              micro        the hot paths one by one, with their allocations; options are BenchmarkDotNet's, such as --filter '*Relay*'
            """);
        return ExitCode;
    }
}
