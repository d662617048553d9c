namespace AgnoAspire.ApiService.OpenAI;

/// <summary>What the OpenAPI document says of the OpenAI face beyond its types.</summary>
internal static class OpenAIOpenApi
{
    private const string EventStream = "text/event-stream";

    public static void DescribesModels(this RouteHandlerBuilder route) => route
        .WithSummary("Lists the models")
        .Produces<ModelList>()
        .Errors(StatusCodes.Status401Unauthorized);

    public static void DescribesModel(this RouteHandlerBuilder route) => route
        .WithSummary("Reads one model")
        .Produces<ModelEntry>()
        .Errors(StatusCodes.Status401Unauthorized, StatusCodes.Status404NotFound);

    public static void DescribesCompletion(this RouteHandlerBuilder route) => route
        .WithSummary("Asks a model, in OpenAI's format")
        .WithDescription("As OpenAI's chat completions. Parameters that are not listed are refused by name. Idempotency-Key and resuming work as on the native face.")
        .Accepts<ChatCompletionRequest>("application/json")
        .Produces<ChatCompletionResponse>()
        .Errors(
            StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status404NotFound, StatusCodes.Status413PayloadTooLarge,
            StatusCodes.Status415UnsupportedMediaType, StatusCodes.Status422UnprocessableEntity, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable);

    public static void DescribesCompletionStream(this RouteHandlerBuilder route) => route
        .WithSummary("Streams a chat completion from its start, or after Last-Event-ID")
        .WithDescription("Takes ids of either face. 204 once everything was delivered. include_usage=true adds the usage chunk.")
        .Produces(StatusCodes.Status200OK, contentType: EventStream)
        .Produces(StatusCodes.Status204NoContent)
        .Errors(StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status404NotFound, StatusCodes.Status410Gone);

    public static void DescribesCompletionCancel(this RouteHandlerBuilder route) => route
        .WithSummary("Cancels a chat completion")
        .Produces(StatusCodes.Status204NoContent)
        .Errors(StatusCodes.Status401Unauthorized, StatusCodes.Status404NotFound);

    private static void Errors(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            route.Produces<OpenAIErrorResponse>(status);
        }
    }
}
