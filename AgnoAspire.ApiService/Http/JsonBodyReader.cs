using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;

namespace AgnoAspire.ApiService.Http;

/// <summary>Reads JSON request bodies of bounded size.</summary>
internal sealed class JsonBodyReader(IOptions<ChatApiOptions> options)
{
    private readonly int maxBytes = options.Value.MaxBodyBytes;

    public async Task<Result<T>> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            return ApiProblems.NotJsonContent();
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = maxBytes;
        }

        try
        {
            var body = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            return body is null ? ApiProblems.NotJson("It is null.") : body;
        }
        catch (JsonException exception) when (exception.InnerException is JsonException)
        {
            // Only syntax errors have an inner exception of the reader.
            return ApiProblems.NotJson($"Syntax error or unexpected end in line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}.");
        }
        catch (JsonException exception)
        {
            return exception.Path is { Length: > 2 } path
                ? ApiProblems.Invalid(path[2..], "the field is unknown, repeated or of the wrong type.")
                : ApiProblems.Invalid("body", "must be an object whose fields are known and not repeated.");
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return ApiProblems.TooLarge(maxBytes);
        }
    }
}
