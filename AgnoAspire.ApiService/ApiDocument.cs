using AgnoAspire.ApiService.Authentication;
using Microsoft.OpenApi;

namespace AgnoAspire.ApiService;

/// <summary>The OpenAPI document of all APIs. It does not depend on the host, so that docs/openapi.json can be compared with it.</summary>
internal static class ApiDocument
{
    private const string ApiKey = "apiKey";
    private const string Bearer = "bearer";
    private const string StreamToken = "streamToken";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "AgnoAspire chat API", Version = "v1" };
            document.Servers = [];
            document.AddComponent(ApiKey, Scheme(ParameterLocation.Header, ApiKeyAuthentication.Header, "An API key."));
            document.AddComponent(Bearer, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Bearer, Description = "An API key, or a JWT of the configured issuer." });
            document.AddComponent(StreamToken, Scheme(ParameterLocation.Query, CallerAuthentication.TokenParameter, "The X-Stream-Token of the response that started the chat."));
            document.Security = Requirements(document, ApiKey, Bearer);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<AllowStreamTokenMetadata>().Any())
            {
                operation.Security = Requirements(context.Document, ApiKey, Bearer, StreamToken);
            }

            return Task.CompletedTask;
        });
    });

    private static OpenApiSecurityScheme Scheme(ParameterLocation location, string name, string description) =>
        new() { Type = SecuritySchemeType.ApiKey, In = location, Name = name, Description = description };

    private static List<OpenApiSecurityRequirement> Requirements(OpenApiDocument? document, params string[] schemes) =>
        [.. schemes.Select(scheme => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = [] })];
}
