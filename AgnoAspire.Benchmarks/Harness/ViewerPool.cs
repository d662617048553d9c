using System.Text;
using System.Text.Json;
using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Many light viewers, of one stream or of a stream each.</summary>
internal sealed class ViewerPool(BenchSystem system) : IAsyncDisposable
{
    private const int OpenedAtOnce = 32;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60);

    private readonly List<RawSseClient> viewers = [];
    private readonly List<Task> reading = [];
    private readonly Lock access = new();
    private readonly CancellationTokenSource leaving = new();

    /// <summary>Gets or sets where the time each piece was under way is added; <see langword="null"/> while nothing is measured.</summary>
    public Percentiles? Lag { get; set; }

    /// <summary>Gets how many chunks all viewers together have seen.</summary>
    public long Chunks => viewers.Sum(viewer => viewer.Chunks);

    /// <summary>Gets how many chunks the viewer that has seen most has seen.</summary>
    public long MostChunks => viewers.Select(viewer => viewer.Chunks).DefaultIfEmpty().Max();

    /// <summary>Gets how many of the provider's pieces all viewers together have seen.</summary>
    public long Pieces => viewers.Sum(viewer => viewer.Pieces);

    /// <summary>Asks for answers and watches them, a viewer each.</summary>
    public Task AskAsync(int count, Answer answer, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.Serialize(new { model = ChatTarget.Model, stream = true, messages = new[] { new { role = "user", content = answer.Prompt } } });
        return OpenAsync(count, $"POST /api/v1/chat HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}", cancellationToken);
    }

    /// <summary>Watches the first stream that was asked for with more viewers, from its start.</summary>
    public Task WatchAsync(int count, CancellationToken cancellationToken) =>
        OpenAsync(count, $"GET /api/v1/chat/{viewers[0].StreamId}/stream HTTP/1.1\r\nHost: bench\r\n\r\n", cancellationToken);

    /// <summary>Gets what went wrong with a viewer before the streams were ended; <see langword="null"/> while all is well.</summary>
    public string? Failure
    {
        get
        {
            lock (access)
            {
                return reading.FirstOrDefault(task => task.IsFaulted)?.Exception?.InnerException?.Message ?? viewers.FirstOrDefault(viewer => viewer.Terminal is not null)?.Terminal;
            }
        }
    }

    /// <summary>Cancels the streams and waits until every viewer has seen a terminal chunk.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        var streams = viewers.Select(viewer => viewer.StreamId).Distinct();
        await Parallel.ForEachAsync(
            streams,
            new ParallelOptions { MaxDegreeOfParallelism = OpenedAtOnce, CancellationToken = cancellationToken },
            async (stream, token) => (await system.Http.DeleteAsync(new Uri($"http://127.0.0.1:{system.ApiPort}/api/v1/chat/{stream}"), token)).EnsureSuccessStatusCode().Dispose());
        await Task.WhenAll(reading).WaitAsync(EndLimit, TimeProvider.System, cancellationToken);
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
        var opened = Enumerable.Range(0, count).Select(_ => new RawSseClient(() => Lag)).ToArray();
        viewers.AddRange(opened);
        await Parallel.ForEachAsync(
            opened,
            new ParallelOptions { MaxDegreeOfParallelism = OpenedAtOnce, CancellationToken = cancellationToken },
            async (viewer, token) =>
            {
                await viewer.OpenAsync(system.ApiPort, bytes, token);
                lock (access)
                {
                    reading.Add(viewer.ReadAsync(leaving.Token));
                }
            });
    }
}
