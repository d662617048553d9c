using System.Text.Json.Nodes;
using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace AgnoAspire.Tests.Contract;

/// <summary>The text of a chat goes from its log into the response a page at a time.</summary>
[Collection(NonParallelCollection.Name)]
public sealed class LoggedAnswerTests(RedisFixture server) : ServerContract(server), IClassFixture<RedisFixture>
{
    private const int LongChunks = 2000;
    private const int ChunkLength = 10_000;

    // A page of 64 chunks is 0.6 MB, the whole text 20 MB; the rest is for buffers that connection and response keep.
    private const long MemoryBound = 10_000_000;

    [Fact]
    public async Task Text_and_reasoning_are_joined_exactly_over_pages()
    {
        var texts = Enumerable.Range(0, 700).Select(i => $"{i} \"quoted\" \\ 🙂 ü\n<b>").ToArray();
        var thoughts = Enumerable.Range(0, 300).Select(i => $"thought {i}, ").ToArray();
        using var encoder = new ChunkEncoder("demo");
        var id = await WriteAsync([.. thoughts.Select(thought => encoder.Reasoning(thought)), .. texts.Select(text => encoder.Text(text))]);

        var status = JsonNode.Parse(await RespondAsync(id, new MemoryStream()))!;

        Assert.Equal(string.Concat(texts), (string?)status["content"]);
        Assert.Equal(string.Concat(thoughts), (string?)status["reasoning"]);
        Assert.Equal(1000, (long)status["last_event_id"]!);
    }

    [Fact]
    public async Task Text_without_reasoning_has_no_such_property()
    {
        using var encoder = new ChunkEncoder("demo");
        var id = await WriteAsync([encoder.Text("Hello")]);

        var status = JsonNode.Parse(await RespondAsync(id, new MemoryStream()))!.AsObject();

        Assert.Equal("Hello", (string?)status["content"]);
        Assert.False(status.ContainsKey("reasoning"));
    }

    [Fact]
    public async Task Response_is_cut_when_the_log_is_lost_while_it_is_written()
    {
        using var encoder = new ChunkEncoder("demo");
        var id = await WriteAsync([.. Enumerable.Repeat(encoder.Text(new string('x', 1000)), 600)]);
        var lossy = new ObservedStream(() => Database.KeyDelete(One.Get<RedisKeys>().Chunks(id)));

        await Assert.ThrowsAsync<IOException>(() => RespondAsync(id, lossy));
    }

    [Fact]
    public async Task Log_that_is_shorter_than_the_job_is_a_lost_stream()
    {
        using var encoder = new ChunkEncoder("demo");
        var id = await WriteAsync([encoder.Text("Hello")]);
        var job = (await One.Jobs.ReadAsync(id))! with { ChunkCount = 2 };

        Assert.False((await LoggedAnswer.ReadAsync(One.Log, job)).IsSuccess);
    }

    [Fact]
    public async Task Long_text_is_never_in_memory_as_a_whole()
    {
        using var encoder = new ChunkEncoder("demo");
        var text = encoder.Text(new string('x', ChunkLength));
        var id = await WriteAsync([.. Enumerable.Repeat(text, LongChunks)]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (most, written) = (0L, 0L);
        var output = new ObservedStream(
            () => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before), length => written += length);

        await RespondAsync(id, output);

        Assert.InRange(written, LongChunks * ChunkLength, long.MaxValue);
        Assert.InRange(most, 0, MemoryBound);
    }

    private async Task<string> WriteAsync(byte[][] chunks)
    {
        var id = await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        for (var i = 0; i < chunks.Length; i++)
        {
            Assert.Equal(WriterStatus.Active, (await One.Log.AppendAsync(job.Claim, i + 1, chunks[i], AppendKind.Chunk)).Status);
        }

        return id;
    }

    private async Task<string> RespondAsync(string id, Stream body)
    {
        var job = (await One.Jobs.ReadAsync(id))!;
        var answer = (await LoggedAnswer.ReadAsync(One.Log, job)).Value!;
        var status = new ChatStatus(
            id, job.Status, job.Model, job.Provider, null, answer.Outline.Content ?? "", answer.Outline.Reasoning, job.ChunkCount,
            null, null, null, null, null, job.CreatedAt, job.StartedAt, job.EndedAt);
        var context = new DefaultHttpContext();
        context.Response.Body = body;
        await answer.ToResult(status, ChatJsonContext.Default.ChatStatus, "reasoning").ExecuteAsync(context);
        await context.Response.CompleteAsync();
        return body is MemoryStream memory ? Encoding.UTF8.GetString(memory.ToArray()) : "";
    }

    private sealed class ObservedStream(Action onFlush, Action<int>? onWrite = null) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            onWrite?.Invoke(buffer.Length);
            return ValueTask.CompletedTask;
        }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            onFlush();
            return Task.CompletedTask;
        }
    }
}
