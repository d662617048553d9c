using System.Text.Json.Nodes;

namespace AgnoAspire.ApiService.Chat;

/// <summary>The chat API in the OpenAPI document: examples, headers and problems.</summary>
internal static class ChatOpenApi
{
    private const string RequestExample = """
        {"messages":[{"role":"user","content":"Tell me a story about a robot named Max"}],"model":"gpt-3.5-turbo","stream":true}
        """;

    private const string StreamExample = "retry: 2000\n"
        + "id: 1\ndata: {\"content\":\"Once\",\"done\":false,\"model\":\"gpt-3.5-turbo\"}\n\n"
        + "id: 2\ndata: {\"content\":\"\",\"done\":true,\"model\":\"gpt-3.5-turbo\",\"finish_reason\":\"stop\","
        + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1,\"total_tokens\":10}}\n\n";

    public static void DescribesChat(this RouteHandlerBuilder route) => route
        .WithSummary("Starts a chat")
        .WithDescription("Streams Server-Sent Events if `stream` is true, else returns one JSON object. A repeated Idempotency-Key attaches to its chat.")
        .Accepts<ChatRequest>("application/json")
        .Produces<ChatResult>()
        .ProducesProblems(
            Status400BadRequest, Status401Unauthorized, Status404NotFound, Status410Gone, Status413PayloadTooLarge, Status415UnsupportedMediaType,
            Status422UnprocessableEntity, Status429TooManyRequests, Status503ServiceUnavailable)
        .AcceptsHeader("Idempotency-Key", "1 to 255 printable ASCII characters without spaces; the same key never generates twice.")
        .ProducesEvents(StreamExample)
        .AddOpenApiOperationTransformer((operation, _, _) =>
        {
            if (operation.RequestBody?.Content?.TryGetValue("application/json", out var body) is true)
            {
                body.Example = JsonNode.Parse(RequestExample);
            }

            return Task.CompletedTask;
        });

    public static void DescribesStatus(this RouteHandlerBuilder route) => route
        .WithSummary("Reads the current state of a chat")
        .Produces<ChatStatus>()
        .ProducesProblems(Status401Unauthorized, Status404NotFound, Status410Gone, Status503ServiceUnavailable);

    public static void DescribesStream(this RouteHandlerBuilder route) => route
        .WithSummary("Streams a chat from its start, or after Last-Event-ID")
        .WithDescription("Works with a browser's EventSource. Returns 204 when everything was delivered, which stops an EventSource.")
        .Produces(Status204NoContent)
        .ProducesProblems(Status400BadRequest, Status401Unauthorized, Status404NotFound, Status410Gone, Status503ServiceUnavailable)
        .AcceptsHeader("Last-Event-ID", "The id of the last event received; the stream continues after it.")
        .ProducesEvents(StreamExample);

    public static void DescribesCancel(this RouteHandlerBuilder route) => route
        .WithSummary("Cancels a chat")
        .WithDescription("Works in the queue, before the first chunk and in mid-stream; the stream ends with finish_reason cancelled. Repeatable.")
        .Produces(Status204NoContent)
        .ProducesProblems(Status401Unauthorized, Status404NotFound, Status503ServiceUnavailable);
}
