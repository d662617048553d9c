namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>What a load is made of.</summary>
/// <param name="Streams">Streams at once.</param>
/// <param name="Viewers">Viewers of each.</param>
/// <param name="Words">Pieces of each answer.</param>
/// <param name="Pace">The provider's time between two pieces.</param>
/// <param name="MayFail">Whether some streams have the policy <c>fail</c>, and so may end when their worker dies.</param>
internal sealed record LoadShape(int Streams, int Viewers, int Words, TimeSpan Pace, bool MayFail);
