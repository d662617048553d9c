using System.Diagnostics;
using System.Globalization;
using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Asks for pieces that tell when they were sent, and says how long each was under way.</summary>
internal sealed class TimedStream(ChatTarget target, HttpClient http, Percentiles first, Percentiles pieces)
{
    private long count;
    private long began;
    private bool ended;
    private string rest = "";

    /// <summary>Runs one stream.</summary>
    /// <returns>How many pieces came.</returns>
    /// <exception cref="InvalidOperationException">Not all pieces came.</exception>
    public async Task<long> RunAsync(Answer answer, CancellationToken cancellationToken)
    {
        using var request = target.Ask(answer);
        began = Stopwatch.GetTimestamp();
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{target.Name} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var events = new EventReader(body, Take);
        while (!ended && await events.ReadAsync(cancellationToken) >= 0)
        {
        }

        return count == answer.Words ? count : throw new InvalidOperationException($"{target.Name} brought {count} of {answer.Words} pieces.");
    }

    private void Take(long id, ReadOnlySpan<byte> data)
    {
        var (text, isLast) = target.Read(data);
        ended |= isLast;
        var now = Stopwatch.GetTimestamp();

        // A long text can be cut anywhere between two characters, also within a piece.
        text = rest + text;
        var end = text.LastIndexOf(' ') + 1;
        rest = text[end..];
        foreach (var range in text.AsSpan(0, Math.Max(end - 1, 0)).Split(' '))
        {
            var word = text.AsSpan()[range];
            if (word.IsEmpty)
            {
                continue;
            }

            if (count++ == 0)
            {
                first.Add(Stopwatch.GetElapsedTime(began, now));
            }
            else
            {
                pieces.Add(Stopwatch.GetElapsedTime(long.Parse(word, CultureInfo.InvariantCulture), now));
            }
        }
    }
}
