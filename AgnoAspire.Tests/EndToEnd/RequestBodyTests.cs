using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using AgnoAspire.Tests.EndToEnd.OpenAIApi;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>A cluster with small limits on request bodies.</summary>
public sealed class SmallBodiesFixture : IAsyncLifetime
{
    public const int MaxBytes = 2 * 1024 * 1024;
    public const int MaxBuffered = 2 * MaxBytes;

    private Cluster? cluster;

    public Cluster Cluster => cluster!;

    public async ValueTask InitializeAsync() => cluster = await Cluster.StartAsync(apis: 1, workers: 1, settings =>
    {
        settings["ChatApi__MaxOpenAIBodyBytes"] = $"{MaxBytes}";
        settings["ChatApi__MaxBufferedBodyBytes"] = $"{MaxBuffered}";
        settings["ChatApi__MaxBodyBytes"] = "100000";
    });

    public async ValueTask DisposeAsync() => await (cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
}

/// <summary>What a request body may be, on both APIs: its bytes, its encoding, its size.</summary>
public sealed partial class RequestBodyTests(SmallBodiesFixture fixture) : IClassFixture<SmallBodiesFixture>
{
    private const string Chat = """{"model":"fake","messages":[{"role":"user","content":"Hi"}],"stop":["x","y"]}""";
    private const string Completion = """
        {"model":"fake","messages":[{"role":"user","content":[{"type":"text","text":"Hi","extra_content":{"a":["b"]}}],"name":"n"}],"stop":"x",
         "logit_bias":{"50256":-100},"tools":[{"type":"function","function":{"name":"f","parameters":{"n":1e3}}}],"metadata":{"k":"v"}}
        """;

    private readonly Cluster cluster = fixture.Cluster;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Client => cluster.Apis[0].Client;

    [Fact]
    public async Task Fields_reach_the_provider_byte_for_byte()
    {
        const string fields = """
            "prompt_cache_key":"\u00e9","verbosity":"low","logprobs":true,"prediction":{"type":"content", "content":"a"},"top_k":1e3,"min_p":0.10,"extra_content":{"a":[1.0]}
            """;
        const string message = """{"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"id":"1","extra_content":{"google":{"thought_signature":"s"}}}]}""";
        using var response = await PostAsync(OpenAICalls.Path, Text($$"""{"model":"fake","messages":[{{message}}],{{fields}},"reasoning_effort":"extreme"}"""));
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancel));
        var sent = cluster.Provider.Exchanges.Last().Body;

        Assert.Contains($"[{message}]", sent, StringComparison.Ordinal);
        Assert.All(fields.Split(",\""), field => Assert.Contains(field.Trim('"'), sent, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ChatClient.Path, Chat)]
    [InlineData(OpenAICalls.Path, Completion)]
    public async Task Invalid_Unicode_at_any_place_is_not_JSON(string path, string body)
    {
        var ends = ClosingQuote().Matches(body).Select(match => match.Index).ToArray();
        Assert.InRange(ends.Length, 10, 100);
        foreach (var end in ends)
        {
            foreach (var bad in (byte[][])[@"\ud83d"u8.ToArray(), @"\udc00\ud800"u8.ToArray(), [0xE9], [0xC0, 0x80], [0xED, 0xA0, 0x80]])
            {
                using var response = await PostAsync(path, [.. Text(body[..end]), .. bad, .. Text(body[end..])]);
                var text = await response.Content.ReadAsStringAsync(Cancel);
                Assert.True(response.StatusCode == HttpStatusCode.BadRequest && text.Contains("\"invalid_json\"", StringComparison.Ordinal), $"{end}: {text}");
            }
        }
    }

    [Theory]
    [InlineData("""{"model":"fake","messages":[{"role":"user","content":"Hi","content":"Ho"}]}""")]
    [InlineData("""{"model":"fake","messages":[{"role":"user","content":"Hi"}],"metadata":{"a":{"b":1,"b":2}}}""")]
    [InlineData("""{"model":"fake","messages":[{"role":"user","content":"Hi"}],"n":1,"n":1}""")]
    public async Task Repeated_field_is_rejected_at_any_depth(string body)
    {
        using var response = await PostAsync(OpenAICalls.Path, Text(body));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Encoded_body_is_decoded_within_the_limit(string coding)
    {
        foreach (var (path, body) in new[] { (ChatClient.Path, Chat), (OpenAICalls.Path, Completion) })
        {
            using var response = await PostAsync(path, Encode(Text(body), coding), coding);
            using var bomb = await PostAsync(path, Encode(new byte[SmallBodiesFixture.MaxBytes + 1], coding), coding);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, bomb.StatusCode);
        }
    }

    [Theory]
    [InlineData("gzip", HttpStatusCode.BadRequest)]
    [InlineData("br", HttpStatusCode.BadRequest)]
    [InlineData("deflate", HttpStatusCode.BadRequest)]
    [InlineData("zstd", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("gzip, br", HttpStatusCode.UnsupportedMediaType)]
    public async Task Body_that_cannot_be_decoded_is_rejected(string coding, HttpStatusCode status)
    {
        using var response = await PostAsync(OpenAICalls.Path, Text(Completion), coding);
        var text = await response.Content.ReadAsStringAsync(Cancel);

        Assert.True(response.StatusCode == status, text);
        Assert.Equal(status == HttpStatusCode.UnsupportedMediaType, response.Headers.TryGetValues("Accept-Encoding", out _));
        Assert.DoesNotContain("internal_error", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_passes_on_the_OpenAI_API_and_a_larger_one_is_rejected()
    {
        using var response = await PostAsync(OpenAICalls.Path, Image(SmallBodiesFixture.MaxBytes - 1000));
        using var larger = await PostAsync(OpenAICalls.Path, Image(SmallBodiesFixture.MaxBytes));
        using var chat = await PostAsync(ChatClient.Path, Image(100_000));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(cluster.Provider.Exchanges, exchange => exchange.Body.Length > SmallBodiesFixture.MaxBytes - 1000);
        Assert.Contains($"At most {SmallBodiesFixture.MaxBytes} bytes", await larger.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chat.StatusCode);
    }

    [Fact]
    public async Task Large_bodies_are_in_memory_within_the_budget_only()
    {
        var body = Image(SmallBodiesFixture.MaxBytes - 1000);
        using var rest = new SemaphoreSlim(0);
        var slow = Enumerable.Range(0, 4).Select(_ => new SlowContent(body, rest)).ToArray();
        var posts = slow.Select(content => Client.PostAsync(OpenAICalls.Path, content, Cancel)).ToArray();
        await Task.WhenAll(slow.Select(content => content.Begun));
        var refused = false;
        for (var attempt = 0; attempt < 100 && !refused; attempt++)
        {
            // Until the server has read what the others sent.
            using var fifth = await PostAsync(OpenAICalls.Path, body);
            refused = (await fifth.Content.ReadAsStringAsync(Cancel)).Contains("\"overloaded\"", StringComparison.Ordinal);
        }

        using var small = await PostAsync(OpenAICalls.Path, Text(Completion));
        rest.Release(slow.Length);
        var held = await Task.WhenAll(posts);
        using var after = await PostAsync(OpenAICalls.Path, body);

        Assert.True(refused);
        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
        Assert.Contains(held, response => response.StatusCode == HttpStatusCode.OK);
        Assert.All(held, response => Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Array.ForEach(held, response => response.Dispose());
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Image(int bytes) => Text(
        $$$"""{"model":"fake","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,{{{new string('A', bytes)}}}","detail":"best"}}]}]}""");

    private static byte[] Encode(byte[] body, string coding)
    {
        using var encoded = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "gzip" => new GZipStream(encoded, CompressionLevel.Fastest),
            "br" => new BrotliStream(encoded, CompressionLevel.Fastest),
            _ => new ZLibStream(encoded, CompressionLevel.Fastest),
        })
        {
            encoder.Write(body);
        }

        return encoded.ToArray();
    }

    private async Task<HttpResponseMessage> PostAsync(string path, byte[] body, string? coding = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (coding is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        }

        return await Client.PostAsync(path, content, Cancel);
    }

    [GeneratedRegex("""(?<=[a-zA-Z0-9])"(?=[:,\]}])""")]
    private static partial Regex ClosingQuote();

    /// <summary>Sends half of a body, and the rest when it may.</summary>
    private sealed class SlowContent : HttpContent
    {
        private readonly byte[] body;
        private readonly SemaphoreSlim rest;
        private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SlowContent(byte[] body, SemaphoreSlim rest)
        {
            this.body = body;
            this.rest = rest;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        public Task Begun => begun.Task;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(body.AsMemory(0, body.Length / 2), Cancel);
            await stream.FlushAsync(Cancel);
            begun.TrySetResult();
            await rest.WaitAsync(Cancel);
            await stream.WriteAsync(body.AsMemory(body.Length / 2), Cancel);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
