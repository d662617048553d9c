using AgnoAspire.ApiService.Http;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.AspNetCore.Http;

namespace AgnoAspire.Tests.Unit.ApiService.Http;

/// <summary>A chat that failed before its first chunk says when to send it again.</summary>
public sealed class EarlyFailureTests
{
    [Theory]
    [InlineData(ErrorCode.ProviderRateLimited, null, "5")]
    [InlineData(ErrorCode.ProviderRateLimited, 0.0, "0")]
    [InlineData(ErrorCode.ProviderRateLimited, 6.2, "7")]
    [InlineData(ErrorCode.ProviderUnavailable, 86400.0, "3600")]
    [InlineData(ErrorCode.ProviderUnavailable, null, "5")]
    [InlineData(ErrorCode.ProviderRejected, 7.0, "")]
    [InlineData(ErrorCode.ProviderAuthentication, null, "")]
    public void Retry_after_is_the_providers_or_the_default(string code, double? provider, string expected)
    {
        var context = new DefaultHttpContext();

        ApiProblems.Failed(context, new ChatError(code, "Failed.") { RetryAfterSeconds = provider });

        Assert.Equal(expected, context.Response.Headers.RetryAfter.ToString());
    }
}
