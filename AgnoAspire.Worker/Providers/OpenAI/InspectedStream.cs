using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>A provider's response as it comes, which throws an <see cref="InferenceException"/> at the place where it goes wrong.</summary>
/// <param name="inner">The response; disposed with this.</param>
/// <param name="inspector">Reads along.</param>
/// <param name="failures">Makes the failure of a broken connection.</param>
internal sealed class InspectedStream(Stream inner, EventStreamInspector inspector, ProviderFailures failures) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfFailed();
        var count = await ReadInnerAsync(buffer, cancellationToken);
        if (count == 0 && buffer.Length > 0)
        {
            inspector.End();
        }

        // What came before the failure is passed on first.
        var sound = inspector.Inspect(buffer.Span[..count]);
        if (sound == 0)
        {
            ThrowIfFailed();
        }

        return sound;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadInnerAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw failures.Closed();
        }
    }

    private void ThrowIfFailed()
    {
        if (inspector.Failure is { } failure)
        {
            throw failure;
        }
    }
}
