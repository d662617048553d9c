using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>A response without a reader: one buffer, overwritten again and again, so that only the writing is measured.</summary>
internal sealed class DiscardingWriter(Action? onFlush = null) : PipeWriter
{
    private readonly byte[] buffer = new byte[4096];

    public override void Advance(int bytes)
    {
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => buffer;

    public override Span<byte> GetSpan(int sizeHint = 0) => buffer;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        onFlush?.Invoke();
        return default;
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }
}

/// <summary>The body of such a response.</summary>
internal sealed class DiscardingBody(DiscardingWriter writer) : IHttpResponseBodyFeature
{
    public Stream Stream => Stream.Null;

    public PipeWriter Writer => writer;

    public void DisableBuffering()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task CompleteAsync() => Task.CompletedTask;
}
