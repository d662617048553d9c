using System.Net.Http.Json;
using StackExchange.Redis;

namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// How long a killed worker is felt, with the settings of production: from kill -9 to the next claim, and to the next chunk or the error at the
/// viewer. Then answers run on workers that are stopped for seconds: a takeover would end one of them with an error.
/// </summary>
internal static class TakeoverBenchmark
{
    private const int Workers = 3;
    private static readonly string[] Policies = ["Replay", "Prefix", "Fail"];
    private static readonly TimeSpan DeltaInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var kills = arguments.Number("kills", 30, 1, 10_000);
        var seconds = arguments.Number("seconds", 60, 0, 100_000);
        var streams = arguments.Number("streams", 20, 1, 1000);
        var fsync = arguments.Fsync();
        arguments.End();
        await using var cluster = await Cluster.StartAsync(apis: 1, Workers, Configure, fsync);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.ConnectionString);
        cluster.Provider.Default = exchange => SendAsync(exchange, exchange.Body.Contains("\"assistant\"", StringComparison.Ordinal) ? 2 : 500);

        var table = new ResultTable("takeover", "policy", "kills", "next claim p50 ms", "next claim p99 ms", "next event p50 ms", "next event p99 ms");
        foreach (var policy in Policies)
        {
            var (claims, events) = (new Percentiles(), new Percentiles());
            for (var i = 0; i < kills; i++)
            {
                await Task.Delay(SettleTime, TimeProvider.System, cancellationToken);
                await KillAsync(cluster, redis.GetDatabase(), policy, claims, events, cancellationToken);
            }

            table.Add(policy, kills, claims.At(0.5), claims.At(0.99), events.At(0.5), events.At(0.99));
        }

        var (answers, lost, stops) = await StopAsync(cluster, streams, TimeSpan.FromSeconds(seconds), cancellationToken);
        Console.WriteLine($"{stops} workers were stopped for {StopTime.TotalSeconds:0} s each in {seconds} s under {streams} streams: {lost} of {answers} answers were taken over.");
        await table.WriteAsync(fsync, ("workers", $"{Workers}"), ("stopped workers", $"{stops}"), ("answers", $"{answers}"), ("false takeovers", $"{lost}"));
        return lost == 0 ? 0 : 1;
    }

    private static void Configure(Dictionary<string, string> settings)
    {
        foreach (var policy in Policies)
        {
            settings[$"Models__{policy}__Provider"] = "fake";
            settings[$"Models__{policy}__Continuation"] = policy;
        }
    }

    // The same text in each attempt.
    private static async Task SendAsync(FakeExchange exchange, int count)
    {
        await exchange.BeginAsync();
        for (var i = 0; i < count; i++)
        {
            await exchange.SendChunkAsync($"word{i.ToString(CultureInfo.InvariantCulture)} ");
            await Task.Delay(DeltaInterval, TimeProvider.System, exchange.HungUp);
        }

        await exchange.SendEndAsync(7, count);
    }

    private static async Task KillAsync(
        Cluster cluster, IDatabase redis, string policy, Percentiles claims, Percentiles events, CancellationToken cancellationToken)
    {
        using var request = Request(cluster, policy);
        using var response = await cluster.Apis[0].Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var job = $"{cluster.KeyPrefix}:v1:{{job:{response.Headers.GetValues("X-Stream-Id").Single()}}}";
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var (count, killed) = (0, 0L);
        var decoder = new SseDecoder(_ => count++);
        while (count < 10)
        {
            await decoder.ReadAsync(body, cancellationToken);
        }

        var holder = (string)(await redis.HashGetAsync(job, "worker"))!;
        var worker = cluster.Workers.Single(process => IsRunning(process) && holder.EndsWith($":{process.Id}", StringComparison.Ordinal));
        killed = Stopwatch.GetTimestamp();
        await worker.KillAsync();
        var claiming = NextClaimAsync(redis, job, holder, killed, cancellationToken);

        // What was on its way when the worker died comes within some milliseconds.
        var last = Stopwatch.GetTimestamp();
        TimeSpan gap;
        do
        {
            last = Stopwatch.GetTimestamp();
            await decoder.ReadAsync(body, cancellationToken);
            gap = Stopwatch.GetElapsedTime(last);
        }
        while (gap < DeltaInterval * 5);
        events.Add(Stopwatch.GetElapsedTime(killed));
        claims.Add(await claiming);
        Console.WriteLine($"{policy}: next claim {claims.At(1):0} ms at most, next event {events.At(1):0} ms at most after {claims.Count} kills");
        await cluster.AddWorkerAsync();
    }

    private static async Task<TimeSpan> NextClaimAsync(IDatabase redis, string job, string holder, long since, CancellationToken cancellationToken)
    {
        while ((string?)await redis.HashGetAsync(job, "worker") == holder)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken);
        }

        return Stopwatch.GetElapsedTime(since);
    }

    private static async Task<(int Answers, int Lost, int Stops)> StopAsync(
        Cluster cluster, int streams, TimeSpan duration, CancellationToken cancellationToken)
    {
        var until = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var (answers, lost, stops) = (0, 0, 0);
        var load = Enumerable.Range(0, streams).Select(async _ =>
        {
            while (Stopwatch.GetTimestamp() < until)
            {
                using var request = Request(cluster, "Fail");
                using var response = await cluster.Apis[0].Client.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
                var text = await response.Content.ReadAsStringAsync(cancellationToken);
                Interlocked.Increment(ref answers);
                Interlocked.Add(ref lost, text.Contains("word499", StringComparison.Ordinal) ? 0 : 1);
            }
        }).ToArray();
        for (var turn = 0; Stopwatch.GetTimestamp() < until; turn++, stops++)
        {
            var running = cluster.Workers.Where(IsRunning).ToArray();
            var worker = running[turn % running.Length];
            worker.Suspend();
            await Task.Delay(StopTime, TimeProvider.System, cancellationToken);
            worker.Resume();
            await Task.Delay(StopTime / 2, TimeProvider.System, cancellationToken);
        }

        await Task.WhenAll(load);
        return (answers, lost, stops);
    }

    private static bool IsRunning(ServerProcess process) => process.WorkingSet > 0;

    private static HttpRequestMessage Request(Cluster cluster, string model) => new(HttpMethod.Post, new Uri(cluster.Apis[0].Address, "/api/v1/chat"))
    {
        Content = JsonContent.Create(new { model, stream = true, messages = new[] { new { role = "user", content = "Hello" } } }),
    };
}
