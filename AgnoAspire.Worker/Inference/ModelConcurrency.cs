using System.Threading.Channels;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Worker.Inference;

/// <summary>Lets no more than so many answers of a model be under way in this process; the others wait, first come, first served.</summary>
/// <param name="most">How many; <see langword="null"/> for any number.</param>
/// <param name="patience">The longest wait for a turn.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class ModelConcurrency(int? most, TimeSpan patience, TimeProvider timeProvider)
{
    // A bounded channel is a fair semaphore with nothing to dispose of.
    private readonly Channel<bool>? turns = most is { } count ? Channel.CreateBounded<bool>(count) : null;

    /// <summary>Takes a turn, to be given back.</summary>
    /// <param name="model">The model's public name, for the failure.</param>
    /// <param name="waits">Called if the turn does not come at once.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends with the turn.</returns>
    /// <exception cref="InferenceException">No turn came in time.</exception>
    public async ValueTask TakeAsync(string model, Action? waits, CancellationToken cancellationToken)
    {
        if (turns is null || turns.Writer.TryWrite(true))
        {
            return;
        }

        waits?.Invoke();
        using var timeout = new CancellationTokenSource(patience, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await turns.Writer.WriteAsync(true, either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new InferenceException(ErrorCode.ProviderTimeout, $"Model '{model}' had too much to do; the answer's turn did not come in time. Ask again later.");
        }
    }

    /// <summary>Gives a turn back.</summary>
    public void GiveBack() => turns?.Reader.TryRead(out _);
}
