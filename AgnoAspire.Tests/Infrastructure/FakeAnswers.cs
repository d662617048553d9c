namespace AgnoAspire.Tests.Infrastructure;

/// <summary>What providers do.</summary>
public static class FakeAnswers
{
    /// <summary>A complete answer: the texts, the finish reason, the usage.</summary>
    public static FakeAnswer Text(params string[] texts) => exchange => exchange.SendAnswerAsync(texts);

    /// <summary>A complete answer each text of which waits for a release of the gate.</summary>
    public static FakeAnswer Gated(SemaphoreSlim gate, params string[] texts) => async exchange =>
    {
        await exchange.BeginAsync();
        foreach (var text in texts)
        {
            await gate.WaitAsync(exchange.HungUp);
            await exchange.SendChunkAsync(text);
        }

        await exchange.SendEndAsync(7, texts.Length);
    };

    /// <summary>Some texts, then something else.</summary>
    public static FakeAnswer After(FakeAnswer then, params string[] texts) => async exchange =>
    {
        foreach (var text in texts)
        {
            await exchange.SendChunkAsync(text);
        }

        await then(exchange);
    };

    /// <summary>Text as it is, then a proper end of the response.</summary>
    public static FakeAnswer Raw(string text, string? contentType = null) => async exchange =>
    {
        if (contentType is not null)
        {
            await exchange.BeginAsync(200, contentType);
        }

        await exchange.SendAsync(text);
    };

    /// <summary>A refusal.</summary>
    public static FakeAnswer Status(int status, string body = "", params (string Name, string Value)[] headers) => async exchange =>
    {
        await exchange.BeginAsync(status, "application/json", headers);
        await exchange.SendAsync(body);
    };

    /// <summary>A proper end of the response, too early.</summary>
    public static FakeAnswer Close() => exchange => exchange.SendAsync("");

    /// <summary>A broken connection.</summary>
    public static FakeAnswer Hangup() => exchange =>
    {
        exchange.Hangup();
        return Task.CompletedTask;
    };

    /// <summary>Silence until the client gives up.</summary>
    public static FakeAnswer Stall() => async exchange =>
    {
        await exchange.SendAsync("");
        await exchange.Aborted;
    };

    /// <summary>A text without end, for as long as the client listens.</summary>
    public static FakeAnswer Endless(string text) => async exchange =>
    {
        while (!exchange.HungUp.IsCancellationRequested)
        {
            await exchange.SendAsync(text);
        }
    };
}
