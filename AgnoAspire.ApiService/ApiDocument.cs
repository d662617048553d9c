using AgnoAspire.ApiService.Authentication;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AgnoAspire.ApiService;

/// <summary>The OpenAPI document of all APIs. It does not depend on the host, so that docs/openapi.json can be compared with it.</summary>
internal static class ApiDocument
{
    private const string ApiKey = "apiKey";
    private const string Bearer = "bearer";
    private const string StreamToken = "streamToken";

    public static void AddApiDocument(this IServiceCollection services)
    {
        // Numbers in strings are rejected, so the document must not allow them.
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        services.AddOpenApi(Describe);
    }

    private static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "AgnoAspire chat API", Version = "v1" };
            document.Servers = [];
            document.AddComponent(ApiKey, Scheme(ParameterLocation.Header, ApiKeyAuthentication.Header, "An API key."));
            document.AddComponent(Bearer, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Bearer, Description = "An API key or a JWT." });
            document.AddComponent(StreamToken, Scheme(ParameterLocation.Query, CallerAuthentication.TokenParameter, "The X-Stream-Token of the stream."));
            document.Security = Requirements(document, ApiKey, Bearer);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // The parameters of a record are listed as required even if a null value is omitted.
            schema.Required?.ExceptWith(context.JsonTypeInfo.Properties.Where(property => property.IsGetNullable).Select(property => property.Name));
            if (context.JsonPropertyInfo?.CustomConverter is StringOrArrayConverter)
            {
                schema.Type |= JsonSchemaType.String;
            }

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
    }

    private static OpenApiSecurityScheme Scheme(ParameterLocation location, string name, string description) =>
        new() { Type = SecuritySchemeType.ApiKey, In = location, Name = name, Description = description };

    private static List<OpenApiSecurityRequirement> Requirements(OpenApiDocument? document, params string[] schemes) =>
        [.. schemes.Select(scheme => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = [] })];
}
