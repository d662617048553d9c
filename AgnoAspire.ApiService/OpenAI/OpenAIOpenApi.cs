namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The OpenAI API in the OpenAPI document.</summary>
internal static class OpenAIOpenApi
{
    private const string StreamExample = "retry: 2000\n"
        + "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-3.5-turbo\","
        + "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"
        + "id: 2\ndata: [DONE]\n\n";

    public static void DescribesModels(this RouteHandlerBuilder route) => route
        .WithSummary("Lists the models")
        .Produces<ModelList>()
        .ProducesErrors(Status401Unauthorized, Status503ServiceUnavailable);

    public static void DescribesModel(this RouteHandlerBuilder route) => route
        .WithSummary("Reads one model")
        .Produces<ModelEntry>()
        .ProducesErrors(Status401Unauthorized, Status404NotFound, Status503ServiceUnavailable);

    public static void DescribesCompletion(this RouteHandlerBuilder route) => route
        .WithSummary("Creates a chat completion")
        .WithDescription("As OpenAI's chat completions. Fields that are not listed reach the provider unchanged. Idempotency-Key works as in the chat API.")
        .Accepts<ChatCompletionRequest>("application/json")
        .Produces<ChatCompletionResponse>()
        .ProducesErrors(
            Status400BadRequest, Status401Unauthorized, Status404NotFound, Status410Gone, Status413PayloadTooLarge, Status415UnsupportedMediaType,
            Status422UnprocessableEntity, Status429TooManyRequests, Status503ServiceUnavailable)
        .AcceptsHeader("Idempotency-Key", "1 to 255 printable ASCII characters without spaces; the same key never generates twice.")
        .ProducesEvents(StreamExample);

    public static void DescribesCompletionStatus(this RouteHandlerBuilder route) => route
        .WithSummary("Reads a chat completion, without a finish reason while it is generated")
        .Produces<ChatCompletionResponse>()
        .ProducesErrors(Status401Unauthorized, Status404NotFound, Status410Gone, Status503ServiceUnavailable);

    public static void DescribesCompletionStream(this RouteHandlerBuilder route) => route
        .WithSummary("Streams a chat completion from its start, or after Last-Event-ID")
        .WithDescription("Accepts ids of the chat API, too. Returns 204 when everything was delivered. include_usage=true adds the usage chunk.")
        .Produces(Status204NoContent)
        .ProducesErrors(Status400BadRequest, Status401Unauthorized, Status404NotFound, Status410Gone, Status503ServiceUnavailable)
        .AcceptsHeader("Last-Event-ID", "The id of the last event received; the stream continues after it.")
        .ProducesEvents(StreamExample);

    public static void DescribesCompletionCancel(this RouteHandlerBuilder route) => route
        .WithSummary("Cancels a chat completion")
        .Produces(Status204NoContent)
        .ProducesErrors(Status401Unauthorized, Status404NotFound, Status503ServiceUnavailable);

    private static RouteHandlerBuilder ProducesErrors(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            route.Produces<OpenAIErrorResponse>(status);
        }

        return route;
    }
}
