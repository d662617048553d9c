namespace AgnoAspire.Worker.Inference;

/// <summary>One of the ways to an answer for a model.</summary>
/// <param name="Endpoint">What answers.</param>
/// <param name="Breaker">Knows how the endpoint fares; shared by all models that use it.</param>
/// <param name="Weight">Its share among the model's routes; zero for one that stands by until the others fail.</param>
internal sealed record ModelRoute(ModelEndpoint Endpoint, EndpointCircuitBreaker Breaker, int Weight);
