using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Testing.Explorer;

/// <summary>What is known about one job of a run.</summary>
internal sealed class JobModel(string id, string owner, string key, string answer)
{
    private bool isQueued;

    public string Id => id;

    public string Owner => owner;

    public string Key => key;

    public string Answer => answer;

    /// <summary>Gets the log, as published.</summary>
    public List<byte[]> Log { get; } = [];

    /// <summary>Gets the fencing tokens of the attempts that count.</summary>
    public HashSet<long> Attempts { get; } = [];

    public long FencingToken { get; set; }

    public string Status { get; private set; } = "";

    public long? EndedAt { get; private set; }

    /// <summary>Gets until when the stream must be readable.</summary>
    public long ReadableUntil { get; private set; }

    /// <summary>Gets until when the record must be there.</summary>
    public long KeptUntil { get; private set; }

    /// <summary>Gets whether a caller was told that the job is accepted.</summary>
    public bool IsAccepted { get; private set; }

    public bool IsMarked { get; private set; }

    public bool CancelRequested { get; private set; }

    /// <summary>Gets the job that this one is the redrive of.</summary>
    public JobModel? DeadJob { get; init; }

    public bool IsRedriven { get; private set; }

    /// <summary>Gets whether its record has expired once, as it may after a wait of the queue timeout.</summary>
    public bool WasForgotten { get; private set; }

    /// <summary>The first acceptance gives the job its time in the queue.</summary>
    public void OnAccepted(long until)
    {
        if (!isQueued && Attempts.Count == 0)
        {
            Keep(until);
        }

        isQueued = true;
        OnRedriven();
    }

    /// <summary>A redrive is accepted, whatever its caller knows.</summary>
    public void OnRedriven()
    {
        if (DeadJob is not null)
        {
            DeadJob.IsRedriven = true;
        }
    }

    public void Keep(long until) => KeptUntil = EndedAt is null ? Math.Max(KeptUntil, until) : KeptUntil;

    public void OnEnded(string status, long now, TimeSpan retention, TimeSpan recordRetention)
    {
        (Status, EndedAt) = (status, now);
        ReadableUntil = now + (long)retention.TotalMilliseconds;
        KeptUntil = ReadableUntil + (long)recordRetention.TotalMilliseconds;
    }

    public InvariantException Broken(string what) => new($"Job {key} ({id}): {what}.");

    public void OnResponse(string streamId) => IsAccepted = streamId == id ? !WasForgotten : throw Broken($"the stream is {streamId}");

    public void OnMarked(bool marked, bool byRequest, Func<string, bool> hasViewer, long now)
    {
        CancelRequested |= marked && byRequest;
        if (marked && !IsMarked && !CancelRequested && hasViewer(id))
        {
            throw Broken($"cancelled at {now} without a request while a viewer is there");
        }

        IsMarked |= marked;
    }

    public void OnChunk(long sequence, byte[] chunk, long token, ChatJobsOptions options, long now)
    {
        if (sequence != Log.Count + 1 || (Log.Count > 0 && ChatChunk.IsTerminal(Log[^1])))
        {
            throw Broken($"chunk {sequence} follows {Log.Count} chunks: {Encoding.UTF8.GetString(chunk)}");
        }

        if (token < FencingToken)
        {
            throw Broken($"chunk {sequence} has an old fencing token");
        }

        Log.Add(chunk);
        var read = ChatChunk.Parse(chunk);
        if (IsMarked && !read.Done)
        {
            throw Broken($"chunk {sequence} at {now} follows a cancellation");
        }

        if (read.Done && read.Error?.Code == ErrorCode.AttemptsExhausted && Attempts.Count <= options.MaxAttempts)
        {
            throw Broken($"a dead letter after {Attempts.Count - 1} attempts");
        }

        if (read.Done)
        {
            CheckText(read);
        }
    }

    /// <summary>The record has expired: the id is free for another job.</summary>
    public void OnForgotten()
    {
        Log.Clear();
        Attempts.Clear();
        (FencingToken, EndedAt, KeptUntil, ReadableUntil) = (0, null, 0, 0);
        (IsMarked, CancelRequested, IsAccepted, WasForgotten, isQueued, Status) = (false, false, false, true, false, "");
    }

    private void CheckText(ChatChunk terminal)
    {
        var text = string.Concat(Log.Select(chunk => ChatChunk.Parse(chunk).Content));
        var isWhole = terminal.FinishReason is FinishReason.Stop or FinishReason.Length;
        if (isWhole ? text != answer : !answer.StartsWith(text, StringComparison.Ordinal))
        {
            throw Broken($"{terminal.FinishReason} after '{text}' instead of '{answer}'");
        }
    }
}
