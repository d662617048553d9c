using System.Buffers;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Metadata;

namespace AgnoAspire.ApiService.Http;

/// <summary>A JSON body: its value, the fields of the object, and its bytes.</summary>
internal sealed record JsonBody<T>(T Value, JsonElement Json, ReadOnlyMemory<byte> Bytes);

/// <summary>Reads JSON request bodies of bounded size; large ones are in memory only within a budget of the process.</summary>
internal sealed class JsonBodyReader(IOptions<ChatApiOptions> options) : IDisposable
{
    private const int UncountedBytes = 64 * 1024;
    private const int CountedKiB = 256;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    private readonly ConcurrencyLimiter largeBodies = new(new() { PermitLimit = ToKiB(options.Value.MaxBufferedBodyBytes) });

    /// <summary>Reads a body of at most the size that the endpoint's metadata allows.</summary>
    public async Task<Result<JsonBody<T>>> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            return ApiProblems.NotJsonContent();
        }

        // The middleware has removed the header if it decodes the body.
        if (context.Request.Headers.ContentEncoding is [_, ..] coding && !coding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.AcceptEncoding = "gzip, br, deflate";
            return ApiProblems.UnsupportedEncoding();
        }

        // Decoded, too; the server limits what is sent.
        var maxBytes = (int)context.GetEndpoint()!.Metadata.GetRequiredMetadata<IRequestSizeLimitMetadata>().MaxRequestBodySize!;
        try
        {
            var bytes = await ReadAsync(context, maxBytes);
            return bytes.IsSuccess ? Parse(bytes.Value.WrittenMemory, type) : bytes.Problem;
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == Status413PayloadTooLarge)
        {
            return ApiProblems.TooLarge(maxBytes);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
        {
            return ApiProblems.NotJson("It cannot be decoded as its Content-Encoding says.");
        }
    }

    /// <summary>Ends the count of a large body in the budget, once nothing refers to it.</summary>
    public static void Release(HttpContext context) => context.Features.Get<BodyCount>()?.Release();

    public void Dispose() => largeBodies.Dispose();

    private async Task<Result<ArrayBufferWriter<byte>>> ReadAsync(HttpContext context, int maxBytes)
    {
        var bytes = new ArrayBufferWriter<byte>((int)Math.Clamp(context.Request.ContentLength ?? 0, 1024, UncountedBytes));
        var count = new BodyCount(largeBodies);
        context.Features.Set(count);
        context.Response.OnCompleted(() =>
        {
            count.Release();
            return Task.CompletedTask;
        });
        while (await context.Request.Body.ReadAsync(bytes.GetMemory(1024), context.RequestAborted) is > 0 and var read)
        {
            bytes.Advance(read);
            if (bytes.WrittenCount > maxBytes)
            {
                return ApiProblems.TooLarge(maxBytes);
            }

            if (bytes.WrittenCount > UncountedBytes && !count.TryGrow(bytes.WrittenCount))
            {
                ApiProblems.RetryAfter(context, RetryDelay);
                return ApiProblems.TooManyLargeBodies();
            }
        }

        return bytes;
    }

    private static Result<JsonBody<T>> Parse<T>(ReadOnlyMemory<byte> bytes, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            var json = JsonDocument.Parse(bytes, Strict).RootElement;
            if (!IsUnicode(bytes.Span))
            {
                return ApiProblems.NotJson("A text contains bytes or an escape sequence that are not Unicode.");
            }

            return json.Deserialize(type) is { } value ? new JsonBody<T>(value, json, bytes) : ApiProblems.NotJson("It is null.");
        }
        catch (JsonException exception)
        {
            return exception.Path is null && exception.LineNumber is { } line
                ? ApiProblems.NotJson($"Syntax error or unexpected end in line {line + 1}, byte {exception.BytePositionInLine}.")
                : (exception.Path ?? FindRepeated(bytes.Span, type)) is { Length: > 2 } path
                    ? ApiProblems.Invalid(path[2..], "the field is unknown, repeated or of the wrong type.")
                    : ApiProblems.Invalid("body", "must be an object whose fields are known and not repeated.");
        }
    }

    // The document's parser does not say which field is repeated.
    private static string? FindRepeated<T>(ReadOnlySpan<byte> bytes, JsonTypeInfo<T> type)
    {
        try
        {
            _ = JsonSerializer.Deserialize(bytes, type);
            return null;
        }
        catch (JsonException exception)
        {
            return exception.Path;
        }
    }

    // The parser accepts a lone surrogate as an escape sequence, and reading it later throws.
    private static bool IsUnicode(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            while (json.Contains((byte)'\\') && reader.Read())
            {
                _ = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped ? reader.GetString() : null;
            }

            return Utf8.IsValid(json);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static int ToKiB(long bytes) => (int)((bytes + 1023) / 1024);

    /// <summary>What one body counts for in the budget; it grows while the body is read, as a decoded length is not known before.</summary>
    private sealed class BodyCount(ConcurrencyLimiter budget)
    {
        private readonly List<RateLimitLease> leases = [];

        public bool TryGrow(int bytes)
        {
            while (leases.Count * CountedKiB < ToKiB(bytes))
            {
                var lease = budget.AttemptAcquire(CountedKiB);
                if (!lease.IsAcquired)
                {
                    return false;
                }

                leases.Add(lease);
            }

            return true;
        }

        public void Release()
        {
            leases.ForEach(lease => lease.Dispose());
            leases.Clear();
        }
    }
}
