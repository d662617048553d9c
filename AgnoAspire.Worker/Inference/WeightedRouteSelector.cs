namespace AgnoAspire.Worker.Inference;

/// <summary>A model's routes. The first one of each order follows the weights exactly: of 4 answers, weights 3 and 1 give 3 and 1, well mixed.</summary>
/// <param name="routes">The routes as configured; at least one.</param>
internal sealed class WeightedRouteSelector(IReadOnlyList<ModelRoute> routes)
{
    private readonly Lock access = new();
    private readonly int[] credit = new int[routes.Count];

    /// <summary>Gets the names of the providers, for people.</summary>
    public string Providers { get; } = string.Join(", ", routes.Select(route => route.Endpoint.Provider).Distinct(StringComparer.Ordinal));

    /// <summary>Says in which order to try the routes for one answer: whose turn it is, the others, those standing by, those whose endpoint rests.</summary>
    /// <returns>Every route once.</returns>
    public IReadOnlyList<ModelRoute> Select()
    {
        var ranks = routes.Select(Rank).ToArray();
        lock (access)
        {
            // Smooth weighted round robin: each gains its weight, the richest goes first and pays for all.
            var first = -1;
            var paid = 0;
            for (var index = 0; index < routes.Count; index++)
            {
                if (ranks[index] == 1)
                {
                    credit[index] += routes[index].Weight;
                    paid += routes[index].Weight;
                    first = first < 0 || credit[index] > credit[first] ? index : first;
                }
            }

            if (first >= 0)
            {
                credit[first] -= paid;
                ranks[first] = 0;
            }
        }

        return [.. routes.Select((route, index) => (Route: route, Rank: ranks[index])).OrderBy(ranked => ranked.Rank).Select(ranked => ranked.Route)];
    }

    private static int Rank(ModelRoute route) => route switch
    {
        { Breaker.IsOpen: true } => 3,
        { Weight: 0 } => 2,
        _ => 1,
    };
}
