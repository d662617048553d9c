using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Contract;

/// <summary>What the stream log promises.</summary>
public abstract class StreamLogContract(ServerFixture server) : ServerContract(server)
{
    [Fact]
    public async Task Only_newest_fencing_token_appends()
    {
        await One.EnqueueAsync();
        var first = await One.ClaimAndBeginAsync();
        await using var slow = One.Log.OpenWriter(first, []);
        await slow.WriteAsync("one", Cancel);
        await slow.FlushAsync();

        await One.Queue.RequeueAsync(first.Claim);
        var second = await One.ClaimAndBeginAsync();
        await slow.WriteAsync("late", Cancel);
        await slow.FlushAsync();

        Assert.True(second.Claim.FencingToken > first.Claim.FencingToken);
        Assert.Equal(WriterStatus.Fenced, slow.Status);
        Assert.True(slow.Stopped.IsCancellationRequested);
        Assert.Equal(WriterStatus.Fenced, await slow.CompleteAsync(FinishReason.Stop, null, null));
        Assert.Equal(["one"], await ContentsAsync(first.Claim.JobId));
        Assert.Null(await One.Jobs.StartAsync(first.Claim, "again"));
        Assert.Equal([first.Claim], await One.Queue.RenewAsync([first.Claim]));
        Assert.Empty(await One.Queue.RenewAsync([second.Claim]));
    }

    [Fact]
    public async Task Running_job_that_the_server_has_lost_is_written_again()
    {
        var id = await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        await using var writer = One.Log.OpenWriter(job, []);
        await writer.WriteAsync("one ", Cancel);
        await writer.FlushAsync();
        var keys = One.Get<RedisKeys>();
        await Database.KeyDeleteAsync([keys.Job(id), keys.Chunks(id), keys.Claims, keys.Leases, keys.Owners]);

        Assert.Empty(await One.Queue.RenewAsync([job.Claim]));
        Assert.Equal(WriterStatus.Active, await One.Jobs.HeartbeatAsync(job.Claim, job));
        Assert.Equal(JobStatus.Running, (await One.Jobs.ReadAsync(id))!.Status);
        await writer.WriteAsync("two ", Cancel);
        await writer.FlushAsync();
        await Database.KeyDeleteAsync([keys.Job(id), keys.Chunks(id)]);
        Assert.Equal(WriterStatus.Active, await writer.CompleteAsync(FinishReason.Stop, null, null));
        await One.Queue.ReleaseAsync(job.Claim);

        Assert.Equal(["one ", "two ", ""], await ContentsAsync(id));
        Assert.Equal("caller", (await One.Jobs.ReadAsync(id))!.Owner);
        Assert.Equal(0, await Database.HashLengthAsync(keys.Claims));
    }

    [Theory]
    [InlineData("true", 600)]
    [InlineData("false", 60)]
    public async Task Finished_stream_is_kept_shorter_if_the_caller_says_not_to_store_it(string store, int seconds)
    {
        var id = await One.EnqueueAsync();
        var claimed = await One.ClaimAndBeginAsync();
        var json = Encoding.UTF8.GetBytes($$"""{"model":"{{claimed.Completion.Model}}","messages":[],"store":{{store}}}""");
        await using var writer = One.Log.OpenWriter(claimed with { Completion = ChatCompletion.Parse(json) }, []);

        Assert.Equal(WriterStatus.Active, await writer.CompleteAsync(FinishReason.Stop, null, null));

        Assert.InRange((await Database.KeyTimeToLiveAsync(One.Get<RedisKeys>().Chunks(id)))!.Value.TotalSeconds, seconds / 2, seconds);
    }

    [Fact]
    public async Task Waiting_job_is_not_taken_back_by_the_claim_it_was_taken_from()
    {
        await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        await One.Queue.RequeueAsync(job.Claim);

        Assert.Equal([job.Claim], await One.Queue.RenewAsync([job.Claim]));
    }

    [Fact]
    public async Task Terminal_chunk_completes_stream()
    {
        await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        await using var writer = One.Log.OpenWriter(job, []);
        await writer.WriteAsync("Hi", Cancel);
        await writer.CompleteAsync(FinishReason.Stop, new Usage(1, 2, 3), null);
        await One.Queue.ReleaseAsync(job.Claim);

        var chunks = await One.Log.ReadAllAsync(job.Claim.JobId);
        var last = ChatChunk.Parse(chunks[^1].Bytes.Span);

        Assert.Equal(2, chunks.Count);
        Assert.True(chunks[^1].IsTerminal);
        Assert.Equal(("", true, FinishReason.Stop, 3L), (last.Content, last.Done, last.FinishReason, last.Usage!.TotalTokens));
        Assert.Null(await One.Jobs.StartAsync(job.Claim, "again"));
        Assert.Equal(JobStatus.Completed, (await One.Jobs.ReadAsync(job.Claim.JobId))!.Status);
    }

    [Fact]
    public async Task Heartbeat_after_terminal_chunk_extends_no_expiry()
    {
        var id = await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        await using var writer = One.Log.OpenWriter(job, []);
        await writer.CompleteAsync(FinishReason.Stop, null, null);

        Assert.Equal(WriterStatus.Ended, await One.Jobs.HeartbeatAsync(job.Claim));

        var remaining = await Database.KeyTimeToLiveAsync(One.Get<RedisKeys>().Chunks(id));
        Assert.InRange(remaining!.Value, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
    }

    // After a failover the record may have an older token than its worker.
    [Fact]
    public async Task Newer_token_does_not_restart_ended_job()
    {
        var id = await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        await using var writer = One.Log.OpenWriter(job, []);
        await writer.CompleteAsync(FinishReason.Stop, null, null);

        var newer = job.Claim with { FencingToken = job.Claim.FencingToken + 1 };
        var (status, _) = await One.Log.AppendAsync(newer, 2, "{}"u8.ToArray(), AppendKind.Chunk);

        Assert.Equal(WriterStatus.Fenced, status);
        Assert.Equal(JobStatus.Completed, (await One.Jobs.ReadAsync(id))!.Status);
    }

    [Fact]
    public async Task Chunks_lost_by_Redis_are_appended_again()
    {
        var id = await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        await using var writer = One.Log.OpenWriter(job, []);
        foreach (var word in new[] { "a", "b", "c" })
        {
            await writer.WriteAsync(word, Cancel);
            await writer.FlushAsync();
        }

        await Database.ListTrimAsync(One.Get<RedisKeys>().Chunks(id), 0, 0);
        await writer.WriteAsync("d", Cancel);
        await writer.CompleteAsync(FinishReason.Stop, null, null);

        Assert.Equal(["a", "b", "c", "d", ""], await ContentsAsync(id));
    }
}

public sealed class StreamLogOnGarnetTests(EmbeddedFixture server) : StreamLogContract(server), IClassFixture<EmbeddedFixture>;

public sealed class StreamLogOnRedisTests(RedisFixture server) : StreamLogContract(server), IClassFixture<RedisFixture>;
