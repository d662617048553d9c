using AgnoAspire.ApiService.Http;
using Microsoft.AspNetCore.Http;

namespace AgnoAspire.Tests.Unit.ApiService.Http;

public sealed class StreamIdTests
{
    [Theory]
    [InlineData("/api/v1/chat", "/api/v1/chat/1")]
    [InlineData("/api/v1/chat/1/stream", "/api/v1/chat/1")]
    [InlineData("/v1/chat/completions", "/v1/chat/completions/chatcmpl-1")]
    [InlineData("/v1/chat/completions/1/stream", "/v1/chat/completions/chatcmpl-1")]
    [InlineData("/api/v1/dead-letters/2/redrive", "/api/v1/chat/1")]
    public void Location_survives_a_proxy_that_removes_a_prefix(string request, string job)
    {
        var context = new DefaultHttpContext { Request = { Path = request } };
        var location = StreamId.RelativeTo(context.Request, job);

        Assert.Equal($"https://example.com/prefix{job}", new Uri(new Uri($"https://example.com/prefix{request}"), location).AbsoluteUri);
        Assert.Equal($"https://example.com{job}", new Uri(new Uri($"https://example.com{request}"), location).AbsoluteUri);
    }
}
