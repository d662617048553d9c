namespace AgnoAspire.ApiService.Authentication;

/// <summary>Marks an endpoint that a stream's own token opens, as <c>?token=</c>.</summary>
internal sealed class AllowStreamTokenMetadata;
