namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>Checks what one viewer gets of one stream, chunk by chunk, against what the provider sent.</summary>
internal sealed class StreamCheck(StreamScenario scenario, ChaosStatistics statistics, int viewer)
{
    private readonly HashSet<long> missing = [];
    private int offset;
    private bool knowsOffset = true;

    /// <summary>Gets the sequence of the last chunk, which is what a viewer resumes from.</summary>
    public long Last { get; private set; }

    /// <summary>Gets how the stream ended: a finish reason or an error code; <see langword="null"/> before its terminal chunk.</summary>
    public string? Ending { get; private set; }

    private string Where => $"stream {scenario.Answer.Stream} ({scenario.Model}), viewer {viewer}, chunk {Last}, character {offset} of {scenario.Text.Length}";

    public void Take(SseMessage message)
    {
        var id = message.Sequence;
        var chunk = ChatChunk.Parse(message.Data);
        if (Ending is not null)
        {
            statistics.Report(Violation.Repeated, $"{Where}: chunk {id} after the terminal one");
            return;
        }

        if (id > 0 && !IsNew(id))
        {
            return;
        }

        Compare(chunk.Content);
        if (chunk.Done)
        {
            End(chunk.Error?.Code ?? chunk.FinishReason ?? "nothing");
        }
    }

    private bool IsNew(long id)
    {
        if (id <= Last)
        {
            statistics.Report(missing.Remove(id) ? Violation.OutOfOrder : Violation.Repeated, $"{Where}: chunk {id}");
            return false;
        }

        if (id > Last + 1)
        {
            statistics.Report(Violation.Lost, $"{Where}: then chunk {id}", id - Last - 1);
            knowsOffset = false;
            for (var gone = Last + 1; gone < id; gone++)
            {
                missing.Add(gone);
            }
        }

        Last = id;
        return true;
    }

    private void Compare(string content)
    {
        if (knowsOffset && !scenario.Text.AsSpan(offset).StartsWith(content, StringComparison.Ordinal))
        {
            var expected = scenario.Text.AsSpan(offset, Math.Min(content.Length, scenario.Text.Length - offset));
            statistics.Report(Violation.Different, $"{Where}: \"{content}\" instead of \"{expected}\"");
            knowsOffset = false;
        }

        offset += content.Length;
    }

    private void End(string how)
    {
        Ending = how;
        if (how == "stop" && knowsOffset && offset != scenario.Text.Length)
        {
            statistics.Report(Violation.Lost, $"{Where}: the end came too early");
        }

        if (!scenario.Explains(how))
        {
            statistics.Report(Violation.UnexplainedEnding, $"{Where}: {how}");
        }
    }
}
