namespace AgnoAspire.AppHost;

/// <summary>The key of OpenAI: a secret that may be missing, because the built-in demo model needs none.</summary>
internal static class OpenAIKey
{
    private const string Name = "openai-api-key";

    /// <summary>Adds the parameter; its value is <c>Parameters:openai-api-key</c>, else <c>OPENAI_API_KEY</c>, else empty.</summary>
    public static IResourceBuilder<ParameterResource> AddOpenAIKey(this IDistributedApplicationBuilder builder) =>
        builder.AddParameter(Name, () => builder.Configuration[$"Parameters:{Name}"] ?? builder.Configuration["OPENAI_API_KEY"] ?? "", secret: true)
            .WithDescription("The key of OpenAI. Leave it empty to use the built-in demo model, which needs no key and no network.");
}
