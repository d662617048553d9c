using System.IO.Pipelines;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>A response that nobody reads: one buffer, written over and over, so that only the writing is measured.</summary>
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
