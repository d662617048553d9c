using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using AgnoAspire.Benchmarks.Harness;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>
/// Reads one stream to its terminal chunk, whatever happens to its connection: it resumes on any replica with Last-Event-ID. The first viewer
/// of a stream is the caller, whose POST begins it. On order a viewer stops reading for a while, or leaves and comes back.
/// </summary>
internal sealed class ChaosViewer(StreamScenario run, int number, SystemUnderTest system, ChaosStatistics ledger, int seed)
{
    private static readonly TimeSpan FeltGap = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongGap = TimeSpan.FromSeconds(14);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WholeLimit = TimeSpan.FromMinutes(4);

    private readonly Random random = new(seed);
    private readonly StreamCheck check = new(run, ledger, number);
    private int replica = seed;
    private long lastChunkAt;
    private bool isExcused;
    private readonly List<string> trail = [];
    private (TimeSpan Time, bool Leaves)? order;

    /// <summary>Gets how the stream ended for this viewer.</summary>
    public string? Ending => check.Ending;

    /// <summary>Tells the viewer to stop reading for a time, with or without its connection.</summary>
    public void Order(TimeSpan time, bool leaves) => order = (time, leaves);

    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(WholeLimit);
        var why = "";
        try
        {
            while (check.Ending is null)
            {
                why = await ConnectAsync(limit.Token) ?? why;
                if (why.StartsWith('!'))
                {
                    ledger.NotTerminated($"stream {run.Answer.Stream}, viewer {number}, after chunk {check.Last}: {why}");
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (run.JobId.IsCompletedSuccessfully)
            {
                ledger.NotTerminated($"stream {run.Answer.Stream}, viewer {number}, after chunk {check.Last} and {WholeLimit}: {why}");
            }
            else if (number == 0)
            {
                run.Abandon();
                ledger.PostFailed($"stream {run.Answer.Stream}, after {WholeLimit}: {why}");
            }
        }
    }

    // What was tried since the last chunk, to be told when a silence was long.
    private void Note(string what) => trail.Add($"+{Stopwatch.GetElapsedTime(lastChunkAt).TotalSeconds:0.0} s {what}");

    // One connection, to its end; says what went wrong, with a '!' before what cannot be mended.
    private async Task<string?> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await AskAsync(cancellationToken);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                Note("200");
                run.Admitted(response.Headers.GetValues("X-Stream-Id").Single());
                await ReadAsync(response, cancellationToken);
                return null;
            }

            Note($"{(int)response.StatusCode}");
            var status = $"status {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}";
            if (response.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests))
            {
                if (response.RequestMessage!.Method == HttpMethod.Post)
                {
                    ledger.PostFailed($"stream {run.Answer.Stream}: {status}");
                }

                run.Abandon();
                return $"!{status}";
            }

            await Task.Delay(Pause * (1 + random.NextDouble()), TimeProvider.System, cancellationToken);
            return status;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            ledger.Reconnected();
            Note(exception.GetType().Name);
            await Task.Delay(Pause * random.NextDouble(), TimeProvider.System, cancellationToken);
            return exception.Message;
        }
    }

    private async Task<HttpResponseMessage> AskAsync(CancellationToken cancellationToken)
    {
        var api = system.Api(replica++);
        Note($"asked {api.Port}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        if (number == 0 && !run.JobId.IsCompleted)
        {
            using var post = new HttpRequestMessage(HttpMethod.Post, new Uri(api, "/api/v1/chat"))
            {
                Content = JsonContent.Create(new { model = run.Model, stream = true, messages = new[] { new { role = "user", content = run.Answer.Prompt } } }),
            };
            post.Headers.Add("Idempotency-Key", run.Key);
            return await system.Http.SendAsync(post, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }

        var id = await run.JobId.WaitAsync(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        using var get = new HttpRequestMessage(HttpMethod.Get, new Uri(api, $"/api/v1/chat/{id}/stream"));
        if (check.Last > 0)
        {
            get.Headers.Add("Last-Event-ID", check.Last.ToString(CultureInfo.InvariantCulture));
        }

        return await system.Http.SendAsync(get, HttpCompletionOption.ResponseHeadersRead, limit.Token);
    }

    private async Task ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var events = new EventReader(body, check.Take);
        while (check.Ending is null)
        {
            if (order is { } given)
            {
                order = null;
                isExcused = true;
                await Task.Delay(given.Time, TimeProvider.System, cancellationToken);
                if (given.Leaves)
                {
                    return;
                }
            }

            silence.CancelAfter(SilenceLimit);
            var count = await events.ReadAsync(silence.Token);
            if (count < 0)
            {
                Note("closed");
                ledger.Reconnected();
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

        ledger.ChunksDelivered(count);
        if (lastChunkAt > 0 && !isExcused && !run.IsProviderHurt && Stopwatch.GetElapsedTime(lastChunkAt) > FeltGap)
        {
            ledger.Gaps.Felt(lastChunkAt);
            if (Stopwatch.GetElapsedTime(lastChunkAt) is var gap && gap > LongGap)
            {
                Console.WriteLine($"  long silence: stream {run.Answer.Stream}, viewer {number}, chunk {check.Last}: {gap.TotalSeconds:0.0} s; {string.Join(", ", trail)}");
            }
        }

        trail.Clear();

        isExcused = false;
        lastChunkAt = Stopwatch.GetTimestamp();
    }
}
