using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.Tests.Unit.ChatJobs.Jobs;

public sealed class JobIdTests
{
    [Fact]
    public void New_ids_are_well_formed_and_different()
    {
        var ids = Enumerable.Range(0, 1000).Select(_ => JobId.New()).ToHashSet();

        Assert.Equal(1000, ids.Count);
        Assert.All(ids, id => Assert.True(JobId.IsWellFormed(id)));
    }

    [Fact]
    public void Id_of_an_idempotency_key_depends_on_owner_and_key_only()
    {
        Assert.Equal("3fe9fc0bf79d911b", JobId.Of("key:alice", "retry-1")[..16]);
        Assert.Equal(JobId.Of("alice", "key"), JobId.Of("alice", "key"));
        Assert.True(JobId.IsWellFormed(JobId.Of("alice", "key")));
        Assert.NotEqual(JobId.Of("alice", "key"), JobId.Of("bob", "key"));
        Assert.NotEqual(JobId.Of("a", "b:c"), JobId.Of("a:b", "c"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcde")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    [InlineData("0123456789ABCDEF0123456789abcdef")]
    [InlineData("0123456789abcdef0123456789abcde}")]
    [InlineData("0123456789abcdef0123456789abcde\n")]
    public void Anything_else_is_not_well_formed(string? text) => Assert.False(JobId.IsWellFormed(text));

    [Theory]
    [InlineData(JobStatus.Queued, false)]
    [InlineData(JobStatus.Running, false)]
    [InlineData(JobStatus.Completed, true)]
    [InlineData(JobStatus.Cancelled, true)]
    [InlineData(JobStatus.Failed, true)]
    [InlineData(JobStatus.Dead, true)]
    public void Job_has_ended_in_every_status_but_queued_and_running(string status, bool hasEnded) =>
        Assert.Equal(hasEnded, JobStatus.HasEnded(status));
}
