namespace AgnoAspire.Worker.Processing;

/// <summary>
/// The places for jobs in this worker: the slots, and as many beside them for jobs that wait for their model. A job that steps aside frees its slot for
/// other models' jobs and keeps the place beside to its end, so nobody ever holds one thing while waiting for the other.
/// </summary>
/// <param name="slots">How many slots.</param>
internal sealed class JobSlots(int slots) : IDisposable
{
    private readonly SemaphoreSlim free = new(slots);
    private readonly SemaphoreSlim beside = new(slots);

    /// <summary>Waits for a slot.</summary>
    public async Task<Slot> TakeAsync(CancellationToken cancellationToken)
    {
        await free.WaitAsync(cancellationToken);
        return new Slot(this);
    }

    public void Dispose()
    {
        free.Dispose();
        beside.Dispose();
    }

    /// <summary>One job's place, to be left at its end.</summary>
    internal sealed class Slot(JobSlots places)
    {
        private bool isBeside;

        /// <summary>Moves from the slot to a place beside, if there is one.</summary>
        public void Yield()
        {
            if (!isBeside && places.beside.Wait(0))
            {
                isBeside = true;
                places.free.Release();
            }
        }

        /// <summary>Gives it back.</summary>
        public void Release() => (isBeside ? places.beside : places.free).Release();
    }
}
