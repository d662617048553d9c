namespace AgnoAspire.Tests.Fakes;

/// <summary>The things providers do.</summary>
public static class FakeAnswers
{
    /// <summary>A whole answer: the pieces, the finish reason, the usage.</summary>
    /// <param name="pieces">The pieces.</param>
    /// <returns>The answer.</returns>
    public static FakeAnswer Text(params string[] pieces) => Gated(null, pieces);

    /// <summary>A whole answer of which each piece waits for a release of the gate, so that a test sets the pace.</summary>
    /// <param name="gate">The gate; <see langword="null"/> for none.</param>
    /// <param name="pieces">The pieces.</param>
    /// <returns>The answer.</returns>
    public static FakeAnswer Gated(SemaphoreSlim? gate, params string[] pieces) => async exchange =>
    {
        await exchange.BeginAsync();
        foreach (var piece in pieces)
        {
            await (gate?.WaitAsync(exchange.HungUp) ?? Task.CompletedTask);
            await exchange.SendChunkAsync(piece);
        }

        await exchange.SendChunkAsync(null, "stop");
        await exchange.SendUsageAsync(7, pieces.Length);
        await exchange.SendAsync("data: [DONE]\n\n");
    };

    /// <summary>Some pieces, then something else.</summary>
    /// <param name="then">What happens next.</param>
    /// <param name="pieces">The pieces.</param>
    /// <returns>The answer.</returns>
    public static FakeAnswer After(FakeAnswer then, params string[] pieces) => async exchange =>
    {
        foreach (var piece in pieces)
        {
            await exchange.SendChunkAsync(piece);
        }

        await then(exchange);
    };

    /// <summary>Bytes as they are, then a proper end of the response.</summary>
    /// <param name="text">The text.</param>
    /// <param name="contentType">The content type, if nothing was sent yet.</param>
    /// <returns>The answer.</returns>
    public static FakeAnswer Raw(string text, string? contentType = null) => async exchange =>
    {
        if (contentType is not null)
        {
            await exchange.BeginAsync(200, contentType);
        }

        await exchange.SendAsync(text);
    };

    /// <summary>A refusal.</summary>
    /// <param name="status">The status.</param>
    /// <param name="body">The body.</param>
    /// <param name="headers">More headers.</param>
    /// <returns>The answer.</returns>
    public static FakeAnswer Status(int status, string body = "", params (string Name, string Value)[] headers) => async exchange =>
    {
        await exchange.BeginAsync(status, "application/json", headers);
        await exchange.SendAsync(body);
    };

    /// <summary>A proper end of the response, too early.</summary>
    /// <returns>The answer.</returns>
    public static FakeAnswer Close() => exchange => exchange.SendAsync(string.Empty);

    /// <summary>A broken connection.</summary>
    /// <returns>The answer.</returns>
    public static FakeAnswer Hangup() => exchange =>
    {
        exchange.Hangup();
        return Task.CompletedTask;
    };

    /// <summary>Silence until the client gives up.</summary>
    /// <returns>The answer.</returns>
    public static FakeAnswer Stall() => async exchange =>
    {
        await exchange.SendAsync(string.Empty);
        await exchange.StallAsync();
    };

    /// <summary>Answers without end, for as long as the client listens.</summary>
    /// <param name="piece">The piece to repeat.</param>
    /// <returns>The answer.</returns>
    public static FakeAnswer Endless(string piece) => async exchange =>
    {
        while (!exchange.HungUp.IsCancellationRequested)
        {
            await exchange.SendAsync(piece);
        }
    };
}
