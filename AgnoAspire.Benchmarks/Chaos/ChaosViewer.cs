using System.Net;
using System.Net.Http.Json;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>
/// Reads one stream to its terminal chunk, whatever happens to its connection: it resumes on any replica with Last-Event-ID. The first viewer
/// of a stream is the caller, whose POST starts it. A viewer can be made to stop reading for a while, or to leave and come back.
/// </summary>
internal sealed class ChaosViewer(StreamScenario scenario, int number, ChaosSystem system, ChaosStatistics statistics, int seed)
{
    private static readonly TimeSpan StallLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongStall = TimeSpan.FromSeconds(14);
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StreamTimeout = TimeSpan.FromMinutes(4);

    private readonly Random random = new(seed);
    private readonly StreamCheck check = new(scenario, statistics, number);
    private int replica = seed;
    private long lastChunkAt;
    private bool isInterrupted;
    private readonly List<string> trail = [];
    private (TimeSpan Time, bool Leaves)? interruption;

    /// <summary>Gets how the stream ended for this viewer.</summary>
    public string? Ending => check.Ending;

    /// <summary>Makes the viewer stop reading for a time, with or without its connection.</summary>
    public void Interrupt(TimeSpan time, bool leaves) => interruption = (time, leaves);

    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StreamTimeout);
        var why = "";
        try
        {
            while (check.Ending is null)
            {
                why = await ConnectAsync(limit.Token) ?? why;
                if (why.StartsWith('!'))
                {
                    if (check.Last > 0 || !statistics.MayForgetJobs)
                    {
                        statistics.Report(Violation.Unterminated, $"stream {scenario.Answer.Stream}, viewer {number}, after chunk {check.Last}: {why}");
                    }

                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (scenario.JobId.IsCompletedSuccessfully)
            {
                statistics.Report(
                    Violation.Unterminated, $"stream {scenario.Answer.Stream}, viewer {number}, after chunk {check.Last} and {StreamTimeout}: {why}");
            }
            else if (number == 0)
            {
                scenario.Abandon();
                statistics.Report(Violation.FailedPost, $"stream {scenario.Answer.Stream}, after {StreamTimeout}: {why}");
            }
        }
    }

    // What was tried since the last chunk, for the message about a long stall.
    private void Note(string what) => trail.Add($"+{Stopwatch.GetElapsedTime(lastChunkAt).TotalSeconds:0.0} s {what}");

    // One connection, to its end. Returns what failed, with a '!' before what is final.
    private async Task<string?> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await RequestAsync(cancellationToken);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                Note("200");
                scenario.Admitted(response.Headers.GetValues("X-Stream-Id").Single());
                await ReadAsync(response, cancellationToken);
                return null;
            }

            Note($"{(int)response.StatusCode}");
            var status = $"status {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}";
            if (response.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests))
            {
                if (response.RequestMessage!.Method == HttpMethod.Post)
                {
                    statistics.Report(Violation.FailedPost, $"stream {scenario.Answer.Stream}: {status}");
                }

                scenario.Abandon();
                return $"!{status}";
            }

            await Task.Delay(RetryDelay * (1 + random.NextDouble()), TimeProvider.System, cancellationToken);
            return status;
        }
        catch (Exception exception) when (
            exception is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            statistics.Reconnected();
            Note(exception.GetType().Name);
            await Task.Delay(RetryDelay * random.NextDouble(), TimeProvider.System, cancellationToken);
            return exception.Message;
        }
    }

    private async Task<HttpResponseMessage> RequestAsync(CancellationToken cancellationToken)
    {
        var api = system.Api(replica++);
        Note($"request to {api.Port}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ResponseTimeout);
        if (number == 0 && !scenario.JobId.IsCompleted)
        {
            using var post = new HttpRequestMessage(HttpMethod.Post, new Uri(api, "/api/v1/chat"))
            {
                Content = JsonContent.Create(ChatTarget.Body(scenario.Answer, scenario.Model)),
            };
            post.Headers.Add("Idempotency-Key", scenario.Key);
            return await system.Http.SendAsync(post, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }

        var id = await scenario.JobId.WaitAsync(cancellationToken);
        limit.CancelAfter(ResponseTimeout);
        using var get = new HttpRequestMessage(HttpMethod.Get, new Uri(api, $"/api/v1/chat/{id}/stream"));
        if (check.Last > 0)
        {
            get.Headers.Add("Last-Event-ID", check.Last.ToString(CultureInfo.InvariantCulture));
        }

        return await system.Http.SendAsync(get, HttpCompletionOption.ResponseHeadersRead, limit.Token);
    }

    private async Task ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var decoder = new SseDecoder(check.Take);
        while (check.Ending is null)
        {
            if (interruption is { } given)
            {
                interruption = null;
                isInterrupted = true;
                await Task.Delay(given.Time, TimeProvider.System, cancellationToken);
                if (given.Leaves)
                {
                    return;
                }
            }

            idle.CancelAfter(IdleTimeout);
            var count = await decoder.ReadAsync(body, idle.Token);
            if (count < 0)
            {
                Note("closed");
                statistics.Reconnected();
                return;
            }

            Arrived(count);
        }
    }

    private void Arrived(int count)
    {
        if (count == 0)
        {
            return;
        }

        statistics.ChunksDelivered(count);
        if (lastChunkAt > 0 && !isInterrupted && !scenario.HasProviderFault && Stopwatch.GetElapsedTime(lastChunkAt) > StallLimit)
        {
            statistics.Stalls.Stalled(lastChunkAt);
            if (Stopwatch.GetElapsedTime(lastChunkAt) is var stall && stall > LongStall)
            {
                Console.WriteLine(
                    $"  long stall: stream {scenario.Answer.Stream}, viewer {number}, chunk {check.Last}: {stall.TotalSeconds:0.0} s; "
                    + string.Join(", ", trail));
            }
        }

        trail.Clear();
        isInterrupted = false;
        lastChunkAt = Stopwatch.GetTimestamp();
    }
}
