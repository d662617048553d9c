namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>The section on clients in docs/compatibility.md, written from what the tests saw; <c>UPDATE_COMPATIBILITY=1</c> renews it.</summary>
internal static class ClientTable
{
    private const string Begin = "<!-- clients -->\n";
    private const string End = "<!-- /clients -->\n";

    private const string Head = """
        ## Clients

        Clients of npm, in versions for Node 20. Each reads an answer that is cut twice inside an event, in one run by a broken connection and in another by a response that ends as if it were complete; the text must be exact, and the client must end. The OpenAI clients also pass the same test of streams, answers in one piece, tool calls, errors before and in the answer, and aborts.

        | client | sent | works | does not work, and why |
        |---|---|---|---|

        """;

    private const string Posted = "`POST` on both APIs with `Idempotency-Key`; after a cut, the same with `Last-Event-ID`";

    // SSE clients: what they need from their caller.
    private static readonly (string Client, string Sent, string Works, string DoesNot)[] EventClients =
    [
        ("@microsoft/fetch-event-source", Posted, "resumes after the last event",
            "A response that ends early resolves its promise: throw in `onclose` unless the terminal chunk was seen. It takes the id of an event before its data, so a cut between the two skips that event: let its `fetch` send the id of the last message."),
        ("event-source-plus", Posted, "resumes after the last event", "It never ends by itself: call `abort()` after the terminal chunk."),
        ("event-source-polyfill", "`GET …/stream` on both APIs with `Authorization`; after a cut, the same with `?lastEventId=`", "resumes after the last event",
            "It cannot `POST`: start the answer with `fetch`."),
        ("eventsource", "`GET …/stream?token=` on both APIs; after a cut, the same with `Last-Event-ID`", "resumes after the last event; the 204 after the end stops it",
            "It cannot `POST` or send headers: start the answer with `fetch`, and pass `X-Stream-Token`."),
    ];

    public static async Task VerifyAsync(JsonElement sdks, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Repository.Root, "docs", "compatibility.md");
        var text = await File.ReadAllTextAsync(path, cancellationToken);
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = text.IndexOf(End, StringComparison.Ordinal);
        var section = Head + string.Concat(sdks.GetProperty("seen").EnumerateArray().Select(Row).Concat(EventClients.Select(Row)));
        if (Environment.GetEnvironmentVariable("UPDATE_COMPATIBILITY") == "1")
        {
            await File.WriteAllTextAsync(path, text[..begin] + section + text[end..], cancellationToken);
            return;
        }

        Assert.Equal(section, text[begin..end]);
    }

    private static string Row((string Client, string Sent, string Works, string DoesNot) row) =>
        Row(row.Client, row.Sent, row.Works, row.DoesNot);

    private static string Row(JsonElement seen)
    {
        var refusals = string.Join(", ", ResumeFixture.Refusals.Select(status => $"{status} `{Error(seen.GetProperty("refused").GetProperty($"{status}"))}`"));
        var retries = seen.GetProperty("retried").GetProperty("text").GetString() == "second";
        return Row(
            seen.GetProperty("client").GetString()!,
            "streams on `/v1` with `top_k` and `chat_template_kwargs`; early refusals by the provider; cuts",
            $"unknown fields reach the provider; early refusals: {refusals}{(retries ? "; a 429 is retried by `maxRetries`" : "")}; a call repeated with its `Idempotency-Key` gets the same answer from its start; [`resumingFetch`](../clients/README.md) resumes",
            $"It does not resume by itself, and hides event ids. A broken connection: {After(seen.GetProperty("reset"))}. A response that ends early: {After(seen.GetProperty("ended"))}."
                + (retries ? "" : $" It does not retry a 429 without `Retry-After` (`{Error(seen.GetProperty("retried"))}`)."));
    }

    private static string Row(string client, string sent, string works, string doesNot) => $"| `{client}` {NodeClients.VersionOf(client)} | {sent} | {works} | {doesNot} |\n";

    private static string After(JsonElement cut) =>
        Error(cut) is { } name ? $"`{name}`" : "the loop ends without an error, so check the finish reason";

    private static string? Error(JsonElement seen) => seen.TryGetProperty("error", out var error) ? error.GetString() : null;
}
