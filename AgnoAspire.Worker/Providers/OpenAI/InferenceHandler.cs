using System.Buffers;
using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>Stands between the OpenAI package and the network: turns every failure into an <see cref="InferenceException"/> and bounds what a provider can send.</summary>
/// <param name="failures">Makes the failures.</param>
/// <param name="keyHeader">The header for the key alone; <see langword="null"/> to leave it after <c>Bearer</c>, where the package put it.</param>
/// <param name="mostEventBytes">The longest event allowed.</param>
/// <param name="mostBytes">The longest response allowed.</param>
/// <param name="inner">The handler that sends; shared, so do not dispose this.</param>
internal sealed class InferenceHandler(ProviderFailures failures, string? keyHeader, int mostEventBytes, long mostBytes, HttpMessageHandler inner)
    : DelegatingHandler(inner)
{
    private const int MostErrorBytes = 16 * 1024;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(failures.Secret))
        {
            // The package cannot do without a key, but many local servers can.
            request.Headers.Authorization = null;
        }
        else if (keyHeader is not null)
        {
            request.Headers.Authorization = null;
            request.Headers.TryAddWithoutValidation(keyHeader, failures.Secret);
        }

        var response = await ReachAsync(request, cancellationToken);
        try
        {
            var mediaType = response.Content.Headers.ContentType?.MediaType;
            if (!response.IsSuccessStatusCode)
            {
                throw failures.Refused(response, await ReadErrorAsync(response, cancellationToken));
            }

            if (mediaType is not (null or "text/event-stream" or "text/plain"))
            {
                throw await ReadErrorAsync(response, cancellationToken) is { } error
                    ? failures.Error(error)
                    : failures.Malformed("something that is not an event stream.");
            }

            return await InspectAsync(response, cancellationToken);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> ReachAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException)
        {
            throw failures.Unreachable();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The connection's own time limit.
            throw failures.Unreachable();
        }
    }

    private async Task<HttpResponseMessage> InspectAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var inspector = new EventStreamInspector(failures, mostEventBytes, mostBytes);
        var content = new StreamContent(new InspectedStream(await response.Content.ReadAsStreamAsync(cancellationToken), inspector, failures));
        foreach (var (name, values) in response.Content.Headers)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }

        response.Content = content;
        return response;
    }

    private static async Task<ProviderError?> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MostErrorBytes);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var count = await body.ReadAtLeastAsync(buffer.AsMemory(0, MostErrorBytes), MostErrorBytes, throwOnEndOfStream: false, cancellationToken);
            return ErrorText.Read(buffer.AsSpan(0, count));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // A status says enough.
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
