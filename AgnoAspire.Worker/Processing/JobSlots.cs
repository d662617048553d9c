namespace AgnoAspire.Worker.Processing;

/// <summary>
/// The slots for jobs in this worker, and as many extra slots for jobs that wait for their model. A job that yields frees its slot for other models' jobs
/// and keeps the extra one to its end, so that no job ever holds one slot while it waits for another.
/// </summary>
internal sealed class JobSlots(int count) : IDisposable
{
    private readonly SemaphoreSlim slots = new(count);
    private readonly SemaphoreSlim extraSlots = new(count);

    /// <summary>Waits for a slot.</summary>
    public async Task<Slot> TakeAsync(CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        return new Slot(this);
    }

    public void Dispose()
    {
        slots.Dispose();
        extraSlots.Dispose();
    }

    /// <summary>The slot of one job.</summary>
    internal sealed class Slot(JobSlots owner)
    {
        private bool isExtra;

        /// <summary>Moves to an extra slot, if one is free.</summary>
        public void Yield()
        {
            if (!isExtra && owner.extraSlots.Wait(0))
            {
                isExtra = true;
                owner.slots.Release();
            }
        }

        public void Release() => (isExtra ? owner.extraSlots : owner.slots).Release();
    }
}
