using System.Security.Cryptography;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ChatJobs.Jobs;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.ApiService.Authentication;

/// <summary>Stream tokens: which job they give access to, and until when.</summary>
public sealed class StreamTokenTests
{
    private const string Alice = "key:alice";

    private readonly FakeTimeProvider time = new();
    private readonly StreamTokens tokens;
    private readonly JobSnapshot job = Job(JobId.New(), Alice);

    public StreamTokenTests() => tokens = new StreamTokens(Options.Create(new ChatAuthenticationOptions()), time);

    private string Token => tokens.Create(job.Id, Alice, job.Secret.Span);

    [Fact]
    public void Token_is_valid_until_its_lifetime_ends()
    {
        var token = Token;

        Assert.Equal(Alice, Verify(token, job));
        time.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(Alice, Verify(token, job));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(tokens.Decode(token));
    }

    [Fact]
    public void Token_is_valid_on_every_replica() =>
        Assert.Equal(Alice, StreamTokens.Verify(new StreamTokens(Options.Create(new ChatAuthenticationOptions()), time).Decode(Token)!, job.Id, job));

    [Fact]
    public void Token_of_another_job_is_invalid()
    {
        Assert.Null(Verify(Token, Job(JobId.New(), Alice)));
        Assert.Null(Verify(Token, job with { Id = JobId.New() }));
    }

    [Fact]
    public void Token_of_another_caller_or_another_secret_is_invalid()
    {
        Assert.Null(Verify(Token, job with { Owner = "key:bob" }));
        Assert.Null(Verify(Token, job with { Secret = RandomNumberGenerator.GetBytes(32) }));
    }

    [Fact]
    public void Extended_expiry_is_invalid()
    {
        var decoded = tokens.Decode(Token)!;
        decoded[0] = 0x7F;

        Assert.Null(StreamTokens.Verify(decoded, job.Id, job));
    }

    [Fact]
    public void Unknown_job_and_job_without_secret_have_no_valid_token()
    {
        Assert.Null(StreamTokens.Verify(tokens.Decode(Token)!, job.Id, null));
        Assert.Null(Verify(tokens.Create(job.Id, Alice, []), job with { Secret = default }));
        Assert.Null(StreamTokens.Verify(tokens.Decode(tokens.Create(job.Id, "", []))!, job.Id, null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a token")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("f/++AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Malformed_token_is_rejected(string token) => Assert.Null(tokens.Decode(token));

    private static JobSnapshot Job(string id, string owner) =>
        new(id, owner, "demo", "demo", JobStatus.Running, 0, default, null, null) { Secret = RandomNumberGenerator.GetBytes(32) };

    private string? Verify(string token, JobSnapshot snapshot) => StreamTokens.Verify(tokens.Decode(token)!, snapshot.Id, snapshot);
}
