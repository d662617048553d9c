using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json.Serialization.Metadata;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>
/// The answer of a chat so far, for a response of any length: its text stays in the log and is copied from there into the response, a page at
/// a time, so a reader costs the process and Redis little at once.
/// </summary>
/// <param name="log">The log.</param>
/// <param name="job">The chat.</param>
/// <param name="outline">Everything but the text, which is empty where there is any and <see langword="null"/> where there is none.</param>
internal sealed class LoggedAnswer(StreamLog log, JobSnapshot job, AggregatedCompletion outline)
{
    private const int MaxUnflushed = 64 * 1024;

    public AggregatedCompletion Outline => outline;

    /// <summary>Reads what the log has of a job's chunks; the loss of the stream when it has fewer than the job.</summary>
    public static async Task<Result<LoggedAnswer>> ReadAsync(StreamLog log, JobSnapshot job)
    {
        var calls = new ToolCallAggregator();
        var terminal = new ChatChunk { Content = "", Done = false, Model = job.Model };
        var (read, hasText, hasReasoning) = (0L, false, false);
        await foreach (var page in log.ReadPagesAsync(job.Id, job.ChunkCount))
        {
            read += page.Length;
            foreach (var chunk in page)
            {
                if (ChatChunk.TryReadText(chunk.Bytes.Span, out _, out var isReasoning))
                {
                    hasText |= !isReasoning;
                    hasReasoning |= isReasoning;
                    continue;
                }

                var parsed = ChatChunk.Parse(chunk.Bytes.Span);
                calls.Add(parsed.ToolCalls);
                terminal = parsed.Done ? parsed : terminal;
            }
        }

        return read < job.ChunkCount
            ? ApiProblems.Failed(StreamLoss.Error)
            : new LoggedAnswer(log, job, new(hasText ? "" : null, calls.ToolCalls, terminal) { Reasoning = hasReasoning ? "" : null });
    }

    /// <summary>Responds with a value made of <see cref="Outline"/>, with the text in the place of its empty properties.</summary>
    /// <param name="value">The value; its text comes before its reasoning.</param>
    /// <param name="type">How it is serialized.</param>
    /// <param name="reasoning">The name of the property for the reasoning.</param>
    public IResult ToResult<T>(T value, JsonTypeInfo<T> type, string reasoning) =>
        new LoggedJson(this, JsonSerializer.SerializeToUtf8Bytes(value, type), reasoning);

    private async Task CopyAsync(PipeWriter output, bool reasoning, CancellationToken aborted)
    {
        var read = 0L;
        await foreach (var page in log.ReadPagesAsync(job.Id, job.ChunkCount))
        {
            read += page.Length;
            foreach (var chunk in page)
            {
                if (ChatChunk.TryReadText(chunk.Bytes.Span, out var text, out var isReasoning) && isReasoning == reasoning)
                {
                    output.Write(text[1..^1]);
                }

                if (output.UnflushedBytes > MaxUnflushed)
                {
                    await output.FlushAsync(aborted);
                }
            }
        }

        if (read < job.ChunkCount)
        {
            throw new IOException("The stream was lost while its text was written; the response is cut, so that it is not taken for all of it.");
        }
    }

    private sealed class LoggedJson(LoggedAnswer answer, byte[] json, string reasoning) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            if (HttpMethods.IsHead(httpContext.Request.Method))
            {
                return;
            }

            var output = httpContext.Response.BodyWriter;
            var rest = await FillAsync(output, json, "content", isReasoning: false, httpContext.RequestAborted);
            rest = await FillAsync(output, rest, reasoning, isReasoning: true, httpContext.RequestAborted);
            output.Write(rest.Span);
        }

        // A name in quotes before an empty text cannot be part of another text, where quotes are escaped.
        private async Task<ReadOnlyMemory<byte>> FillAsync(
            PipeWriter output, ReadOnlyMemory<byte> rest, string property, bool isReasoning, CancellationToken aborted)
        {
            var place = rest.Span.IndexOf(Encoding.UTF8.GetBytes($"\"{property}\":\"\""));
            if (place < 0)
            {
                return rest;
            }

            place += property.Length + 4;
            output.Write(rest.Span[..place]);
            await answer.CopyAsync(output, isReasoning, aborted);
            return rest[place..];
        }
    }
}
