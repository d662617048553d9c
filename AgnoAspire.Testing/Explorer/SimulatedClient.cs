using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.Testing.Explorer;

/// <summary>
/// A caller who starts a chat and reads it to its end, whatever breaks in between: it repeats the POST with its idempotency key until it knows the outcome,
/// and resumes with Last-Event-ID. It verifies that it sees exactly the log, in order.
/// </summary>
internal sealed class SimulatedClient(Exploration run, JobModel job, DisconnectPolicy policy, ChatCompletion completion)
{
    private readonly List<byte> unread = [];
    private ApiCall? call;
    private long seen;
    private bool posting = true;
    private bool isAccepted;

    public JobModel Job => job;

    /// <summary>Gets how it ended; <see langword="null"/> while it goes on.</summary>
    public string? Outcome { get; private set; }

    public bool IsConnected => call is { IsOpen: true, HasStarted: true };

    public bool CanDisconnect => call is { IsOpen: true };

    public void Disconnect(bool forGood)
    {
        Outcome = forGood ? "left" : null;
        call!.Abort();
    }

    public async Task RunAsync()
    {
        while (Outcome is null)
        {
            if (run.Processes.ChooseApi() is not { } api)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), run.Time);
                continue;
            }

            unread.Clear();
            call = new ApiCall(api, job.Owner, Receive);
            if (seen > 0)
            {
                call.Context.Request.Headers["Last-Event-ID"] = seen.ToString(CultureInfo.InvariantCulture);
            }

            var streams = api.Get<ChatStreams>();
            call.Context.Request.Headers["Idempotency-Key"] = posting ? job.Key : "";
            var request = new OpenRequest(completion, true, policy);
            var status = await call.SendAsync(posting
                ? context => streams.OpenAsync(context, request, (admitted, _) => new ChatChunkFormatter(admitted.Id, ProductServices.Model))
                : context => streams.ResumeAsync(context, job.Id, (found, _) => new ChatChunkFormatter(found.Id, ProductServices.Model)));
            Outcome ??= Conclude(status, call.ProblemCode);
            if (Outcome is null)
            {
                posting = !job.IsAccepted || run.Choose(3) == 0;
                await Task.Delay(TimeSpan.FromMilliseconds(100 + (run.Choose(4) * 400)), run.Time);
            }
        }
    }

    private string? Conclude(int status, string? code)
    {
        if (job.WasForgotten && seen > 0)
        {
            return "expired";
        }

        run.Note($"client {job.Key} got {status} {code} after {seen}");
        switch (status)
        {
            case 200 when job.EndedAt is not null && seen == job.Log.Count:
                return "complete";
            case ApiCall.Aborted or 200:
                return null;
            case 204:
                return seen == job.Log.Count && job.EndedAt is not null ? "complete" : throw job.Broken($"204 after {seen} of {job.Log.Count} chunks");
            case 503 when code is null or "no_worker" or "unavailable":
                return null;
            case 404 when code == "model_not_found":
                return null;
            case 429 or 503 when !isAccepted || job.WasForgotten:
                return job.IsAccepted ? null : "refused";
            case 410 when run.Now >= job.ReadableUntil:
            case 400 or 404 when job.WasForgotten:
                return "expired";
            default:
                throw job.Broken($"{status} {code} after {seen} of {job.Log.Count} chunks, accepted {job.IsAccepted}, ended {job.EndedAt}");
        }
    }

    private void Receive(byte[] bytes)
    {
        if (call!.Context.Response.Headers["X-Stream-Id"].ToString() is { Length: > 0 } id)
        {
            isAccepted = true;
            job.OnResponse(id);
        }

        unread.AddRange(bytes);
        for (int end; (end = Find()) >= 0; unread.RemoveRange(0, end + 2))
        {
            ReadEvent(Encoding.UTF8.GetString([.. unread.Take(end)]));
        }
    }

    private int Find()
    {
        for (var i = 0; i + 1 < unread.Count; i++)
        {
            if (unread[i] == '\n' && unread[i + 1] == '\n')
            {
                return i;
            }
        }

        return -1;
    }

    private void ReadEvent(string text)
    {
        long? id = null;
        var data = "";
        foreach (var line in text.Split('\n'))
        {
            id = line.StartsWith("id: ", StringComparison.Ordinal) ? long.Parse(line[4..], CultureInfo.InvariantCulture) : id;
            data = line.StartsWith("data: ", StringComparison.Ordinal) ? line[6..] : data;
        }

        if (id is null)
        {
            Outcome = job.WasForgotten ? "expired" : throw job.Broken($"the viewer was told {data} after {seen} of {job.Log.Count} chunks");
        }
        else if (id != seen + 1 || id > job.Log.Count || data != Encoding.UTF8.GetString(job.Log[(int)seen]))
        {
            throw job.Broken($"the viewer saw chunk {id} after {seen} of {job.Log.Count}: {data}");
        }
        else
        {
            seen++;
        }
    }
}
