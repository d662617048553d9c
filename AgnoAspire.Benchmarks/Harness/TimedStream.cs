namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Requests deltas that are timestamps, and measures how long each took to arrive.</summary>
internal sealed class TimedStream(ChatTarget target, HttpClient http, Percentiles first, Percentiles later)
{
    private long count;
    private long began;
    private bool ended;
    private long timestamp;

    /// <summary>Runs one stream.</summary>
    /// <exception cref="InvalidOperationException">Not all deltas arrived.</exception>
    public async Task RunAsync(GeneratedAnswer answer, CancellationToken cancellationToken)
    {
        using var request = target.CreateRequest(answer);
        began = Stopwatch.GetTimestamp();
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"{target.Name} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var decoder = new SseDecoder(Take);
        while (!ended && await decoder.ReadAsync(body, cancellationToken) >= 0)
        {
        }

        if (count != answer.Deltas)
        {
            throw new InvalidOperationException($"{target.Name} delivered {count} of {answer.Deltas} deltas.");
        }
    }

    private void Take(SseMessage message)
    {
        var (text, isLast) = target.Read(message.Data);
        ended |= isLast;
        var now = Stopwatch.GetTimestamp();

        // A text can have several deltas, and can be cut anywhere, also within one.
        foreach (var character in text ?? "")
        {
            if (character != ' ')
            {
                timestamp = (timestamp * 10) + character - '0';
                continue;
            }

            (count == 0 ? first : later).Add(Stopwatch.GetElapsedTime(count == 0 ? began : timestamp, now));
            timestamp = 0;
            count++;
        }
    }
}
