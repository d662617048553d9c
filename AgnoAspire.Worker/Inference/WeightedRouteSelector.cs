namespace AgnoAspire.Worker.Inference;

/// <summary>An endpoint that can answer for a model. The circuit breaker is shared with other models; a route of weight 0 is a standby.</summary>
internal sealed record ModelRoute(ModelEndpoint Endpoint, EndpointCircuitBreaker Breaker, int Weight);

/// <summary>Selects a model's routes by smooth weighted round robin: of 4 answers, weights 3 and 1 start at the first 3 times, well mixed.</summary>
internal sealed class WeightedRouteSelector(IReadOnlyList<ModelRoute> routes)
{
    private readonly Lock access = new();
    private readonly int[] credit = new int[routes.Count];

    /// <summary>Gets the names of the providers, for people.</summary>
    public string Providers { get; } = string.Join(", ", routes.Select(route => route.Endpoint.Provider).Distinct(StringComparer.Ordinal));

    /// <summary>Returns every route once: the selected one, the others, the standbys, those with an open circuit.</summary>
    public IReadOnlyList<ModelRoute> Select()
    {
        var ranks = routes.Select(Rank).ToArray();
        lock (access)
        {
            // Each route gains its weight; the one with the most credit goes first and pays for all.
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
