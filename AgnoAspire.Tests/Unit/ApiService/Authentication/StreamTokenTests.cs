using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ChatJobs.Jobs;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.ApiService.Authentication;

/// <summary>Stream tokens and the time.</summary>
public sealed class StreamTokenTests
{
    private readonly FakeTimeProvider time = new();
    private readonly string jobId = JobId.New();

    [Fact]
    public void Stream_token_is_valid_until_it_expires()
    {
        var tokens = Tokens(new EphemeralDataProtectionProvider());
        var token = Hand(tokens);

        Assert.Equal("key:alice", tokens.Read(token, jobId));
        Assert.Null(tokens.Read(token, JobId.New()));
        time.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal("key:alice", tokens.Read(token, jobId));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(tokens.Read(token, jobId));
    }

    [Fact]
    public void Foreign_or_malformed_stream_token_is_invalid()
    {
        var tokens = Tokens(new EphemeralDataProtectionProvider());

        Assert.Null(tokens.Read(Hand(Tokens(new EphemeralDataProtectionProvider())), jobId));
        Assert.Null(tokens.Read("", jobId));
        Assert.Null(tokens.Read("not a token", jobId));
        Assert.Null(tokens.Read(new string('A', 10_000), jobId));
    }

    private StreamTokens Tokens(IDataProtectionProvider protection) =>
        new(protection, Options.Create(new ChatAuthenticationOptions()), time, NullLogger<StreamTokens>.Instance);

    private string Hand(StreamTokens tokens)
    {
        var context = new DefaultHttpContext();
        tokens.Issue(context, jobId, "key:alice");
        return context.Response.Headers[StreamTokens.Header].ToString();
    }
}
