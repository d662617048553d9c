using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;

namespace AgnoAspire.ApiService.Chat;

/// <summary>What the OpenAPI document says of the native face beyond its types: examples, headers and problems.</summary>
internal static class ChatOpenApi
{
    private const string EventStream = "text/event-stream";
    private const string ProblemJson = "application/problem+json";

    private const string RequestExample = """
        {"messages":[{"role":"user","content":"Tell me a story about a robot named Max"}],"model":"gpt-3.5-turbo","stream":true}
        """;

    private const string StreamExample = "retry: 2000\n\n"
        + "id: 1\ndata: {\"content\":\"Once\",\"done\":false,\"model\":\"gpt-3.5-turbo\"}\n\n"
        + "id: 2\ndata: {\"content\":\"\",\"done\":true,\"model\":\"gpt-3.5-turbo\",\"finish_reason\":\"stop\","
        + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1,\"total_tokens\":10}}\n\n";

    public static void DescribesChat(this RouteHandlerBuilder route) => route
        .WithSummary("Asks a model")
        .WithDescription("Streams the answer as Server-Sent Events when `stream` is true; one JSON object otherwise. A repeated Idempotency-Key attaches to the first request's stream.")
        .Accepts<ChatRequest>("application/json")
        .Produces<ChatResult>()
        .Problems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType, StatusCodes.Status422UnprocessableEntity, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable)
        .AddOpenApiOperationTransformer((operation, _, _) =>
        {
            if (operation.RequestBody?.Content?.TryGetValue("application/json", out var body) is true)
            {
                body.Example = JsonNode.Parse(RequestExample);
            }

            operation.Parameters ??= [];
            operation.Parameters.Add(Header("Idempotency-Key", "1 to 255 printable ASCII characters; the same key never generates twice."));
            AddEventStream(operation);
            return Task.CompletedTask;
        });

    public static void DescribesJob(this RouteHandlerBuilder route) => route
        .WithSummary("Reads a chat as it is now")
        .Produces<ChatStatus>()
        .Problems(StatusCodes.Status404NotFound, StatusCodes.Status410Gone, StatusCodes.Status503ServiceUnavailable);

    public static void DescribesStream(this RouteHandlerBuilder route) => route
        .WithSummary("Streams a chat from its start, or after Last-Event-ID")
        .WithDescription("Works with a browser's EventSource. 204 once everything was delivered, which tells an EventSource to stop.")
        .Produces(StatusCodes.Status200OK, contentType: EventStream)
        .Produces(StatusCodes.Status204NoContent)
        .Problems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status410Gone, StatusCodes.Status503ServiceUnavailable)
        .AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(Header("Last-Event-ID", "The id of the last event received; the stream goes on behind it."));
            AddEventStream(operation);
            return Task.CompletedTask;
        });

    public static void DescribesCancel(this RouteHandlerBuilder route) => route
        .WithSummary("Cancels a chat")
        .WithDescription("In the queue, before the first chunk or in mid-stream; the stream ends with finish_reason cancelled. May be repeated.")
        .Produces(StatusCodes.Status204NoContent)
        .Problems(StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable);

    private static RouteHandlerBuilder Problems(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            route.Produces<ProblemDetails>(status, ProblemJson);
        }

        return route;
    }

    private static OpenApiParameter Header(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static void AddEventStream(OpenApiOperation operation)
    {
        if (operation.Responses?.TryGetValue("200", out var answer) is true && answer.Content is { } content)
        {
            content[EventStream] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = JsonValue.Create(StreamExample) };
        }
    }
}
