using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace AgnoAspire.ApiService.Http;

/// <summary>Describes endpoints in the OpenAPI document.</summary>
internal static class OpenApiExtensions
{
    private const string EventStream = "text/event-stream";

    /// <summary>Maps GET, and HEAD like it but without a place in the document.</summary>
    public static RouteHandlerBuilder MapGetAndHead(this IEndpointRouteBuilder routes, string pattern, Delegate handler, params object[] metadata)
    {
        routes.MapMethods(pattern, [HttpMethods.Head], handler).WithMetadata(metadata).ExcludeFromDescription();
        return routes.MapGet(pattern, handler).WithMetadata(metadata);
    }

    /// <summary>Adds problem responses.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            route.ProducesProblem(status);
        }

        return route;
    }

    /// <summary>Adds an event stream to the response 200, with an example.</summary>
    public static RouteHandlerBuilder ProducesEvents(this RouteHandlerBuilder route, string example) => route
        .AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Responses ??= [];
            operation.Responses.TryAdd("200", new OpenApiResponse { Description = "OK" });
            if (operation.Responses["200"] is OpenApiResponse response)
            {
                response.Content ??= new Dictionary<string, OpenApiMediaType>();
                var schema = new OpenApiSchema { Type = JsonSchemaType.String };
                response.Content[EventStream] = new OpenApiMediaType { Schema = schema, Example = JsonValue.Create(example) };
            }

            return Task.CompletedTask;
        });

    /// <summary>Adds an optional request header.</summary>
    public static RouteHandlerBuilder AcceptsHeader(this RouteHandlerBuilder route, string name, string description) => route
        .AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Header,
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
            return Task.CompletedTask;
        });
}
