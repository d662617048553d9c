namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Many viewers, of one stream or of a stream each.</summary>
internal sealed class ViewerPool(BenchSystem system) : IAsyncDisposable
{
    private const int MaxOpening = 32;
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(60);

    private readonly List<RawSseClient> viewers = [];
    private readonly List<Task> reading = [];
    private readonly Lock access = new();
    private readonly CancellationTokenSource leaving = new();

    /// <summary>Gets or sets where the delay of each delta is added; <see langword="null"/> while nothing is measured.</summary>
    public Percentiles? Delay { get; set; }

    /// <summary>Gets how many chunks all viewers together have read.</summary>
    public long Chunks => viewers.Sum(viewer => viewer.Chunks);

    /// <summary>Gets the most chunks that one viewer has read.</summary>
    public long MostChunks => viewers.Select(viewer => viewer.Chunks).DefaultIfEmpty().Max();

    /// <summary>Gets how many of the provider's deltas all viewers together have read.</summary>
    public long Deltas => viewers.Sum(viewer => viewer.Deltas);

    /// <summary>Requests answers and watches them, a viewer each.</summary>
    public Task RequestAsync(int count, GeneratedAnswer answer, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.Serialize(ChatTarget.Body(answer));
        var head = $"POST /api/v1/chat HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        return OpenAsync(count, head + body, cancellationToken);
    }

    /// <summary>Watches the first stream with more viewers, from its start.</summary>
    public Task WatchAsync(int count, CancellationToken cancellationToken) =>
        OpenAsync(count, $"GET /api/v1/chat/{viewers[0].StreamId}/stream HTTP/1.1\r\nHost: bench\r\n\r\n", cancellationToken);

    /// <summary>Gets the failure of a viewer before the streams were ended; <see langword="null"/> without one.</summary>
    public string? Failure
    {
        get
        {
            lock (access)
            {
                return reading.FirstOrDefault(task => task.IsFaulted)?.Exception?.InnerException?.Message
                    ?? viewers.FirstOrDefault(viewer => viewer.Terminal is not null)?.Terminal;
            }
        }
    }

    /// <summary>Cancels the streams and waits until every viewer has read a terminal chunk.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        var streams = viewers.Select(viewer => viewer.StreamId).Distinct();
        await Parallel.ForEachAsync(
            streams,
            new ParallelOptions { MaxDegreeOfParallelism = MaxOpening, CancellationToken = cancellationToken },
            async (stream, token) =>
                (await system.Http.DeleteAsync(new Uri(system.Api.Address, $"/api/v1/chat/{stream}"), token)).EnsureSuccessStatusCode().Dispose());
        await Task.WhenAll(reading).WaitAsync(EndTimeout, TimeProvider.System, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await leaving.CancelAsync();
        await Task.WhenAll(reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        viewers.ForEach(viewer => viewer.Dispose());
        leaving.Dispose();
    }

    private async Task OpenAsync(int count, string request, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(request);
        var opened = Enumerable.Range(0, count).Select(_ => new RawSseClient(() => Delay)).ToArray();
        viewers.AddRange(opened);
        await Parallel.ForEachAsync(
            opened,
            new ParallelOptions { MaxDegreeOfParallelism = MaxOpening, CancellationToken = cancellationToken },
            async (viewer, token) =>
            {
                await viewer.OpenAsync(system.Api.Address.Port, bytes, token);
                lock (access)
                {
                    reading.Add(viewer.ReadAsync(leaving.Token));
                }
            });
    }
}
