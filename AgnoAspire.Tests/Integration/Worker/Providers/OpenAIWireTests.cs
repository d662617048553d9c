using System.Text.Json.Nodes;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Integration.Worker.Providers;

/// <summary>What goes over the wire to a provider, and what is made of its answer.</summary>
public sealed class OpenAIWireTests
{
    private static readonly ChatCompletion Full = ChatCompletion.Parse("""
        {
          "model": "m",
          "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "developer", "content": "Be kind." },
            { "role": "user", "content": "Hello" },
            { "role": "assistant", "content": "Hi." },
            { "role": "user", "content": "Who is Max?" }
          ],
          "stream": false,
          "max_tokens": 50,
          "temperature": 0.7,
          "stop": ["END", "\n\n"],
          "seed": 42
        }
        """u8.ToArray());

    [Fact]
    public Task Every_field_reaches_a_compatible_endpoint_under_the_names_it_knows() => SendsAsync("Compatible", null, """
        {
          "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "system", "content": "Be kind." },
            { "role": "user", "content": "Hello" },
            { "role": "assistant", "content": "Hi." },
            { "role": "user", "content": "Who is Max?" }
          ],
          "model": "upstream-m",
          "stream": true,
          "stream_options": { "include_usage": true },
          "temperature": 0.7,
          "max_tokens": 50,
          "stop": ["END", "\n\n"],
          "seed": 42
        }
        """);

    [Fact]
    public Task Every_field_reaches_OpenAI_under_its_own_names() => SendsAsync("OpenAI", null, """
        {
          "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "developer", "content": "Be kind." },
            { "role": "user", "content": "Hello" },
            { "role": "assistant", "content": "Hi." },
            { "role": "user", "content": "Who is Max?" }
          ],
          "model": "upstream-m",
          "stream": true,
          "stream_options": { "include_usage": true },
          "temperature": 0.7,
          "max_completion_tokens": 50,
          "stop": ["END", "\n\n"],
          "seed": 42
        }
        """);

    [Fact]
    public Task The_text_to_continue_after_is_the_last_message() => SendsAsync("Compatible", "Max is", """
        {
          "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "system", "content": "Be kind." },
            { "role": "user", "content": "Hello" },
            { "role": "assistant", "content": "Hi." },
            { "role": "user", "content": "Who is Max?" },
            { "role": "assistant", "content": "Max is" }
          ],
          "model": "upstream-m",
          "stream": true,
          "stream_options": { "include_usage": true },
          "temperature": 0.7,
          "max_tokens": 48,
          "continue_final_message": true,
          "add_generation_prompt": false,
          "stop": ["END", "\n\n"],
          "seed": 42
        }
        """);

    [Fact]
    public async Task What_was_not_asked_for_is_not_sent()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);

        await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        var sent = JsonNode.Parse(fake.Exchanges.Single().Body)!.AsObject();
        Assert.Equal(["messages", "model", "stream", "stream_options"], sent.Select(property => property.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_a_provider_does_not_get_is_logged_once()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ("Providers:fake:Fields:user", ""));
        var sent = ChatCompletion.Parse("""{"model":"m","messages":[{"role":"user","content":"Hello"}],"user":"u"}"""u8.ToArray());

        await DeltaReader.ReadAsync(host.Model().StreamAsync(sent, null, TestContext.Current.CancellationToken));
        await DeltaReader.ReadAsync(host.Model().StreamAsync(sent, null, TestContext.Current.CancellationToken));

        Assert.Equal(["user"], sent.DroppedFields);
        Assert.Single(host.Logs, line => line.StartsWith("Warning: Provider fake does not get these fields of requests as they were sent: user.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_key_is_sent_as_a_bearer_token_and_not_at_all_where_there_is_none()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        await using var keyless = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ("Providers:fake:ApiKey", ""));

        await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));
        await DeltaReader.ReadAsync(keyless.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        Assert.Equal($"Bearer {ModelCatalogHost.Key}", fake.Exchanges.First().Headers["Authorization"]);
        Assert.DoesNotContain("Authorization", fake.Exchanges.Last().Headers);
    }

    [Fact]
    public async Task An_answer_is_its_texts_and_one_last_piece_with_finish_reason_and_usage()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(FakeAnswers.Text("Max", " is", " a \U0001F916", "\n\n“robot”."));

        var (pieces, failure) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        Assert.Null(failure);
        Assert.Equal(["Max", " is", " a \U0001F916", "\n\n“robot”.", null], pieces.Select(piece => piece.Text));
        Assert.Equal(FinishReason.Stop, Assert.Single(pieces, piece => piece.FinishReason is not null).FinishReason);
        Assert.Equal(new Usage(7, 4, 11), pieces[^1].Usage);
    }

    [Theory]
    [InlineData("length")]
    [InlineData("content_filter")]
    public async Task The_finish_reason_is_the_providers(string reason)
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(async exchange =>
        {
            await exchange.SendChunkAsync("Max", reason);
            await exchange.SendAsync("data: [DONE]\n\n");
        });

        var (pieces, _) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        Assert.Equal("Max", pieces.Text());
        Assert.Equal((reason, null), (pieces[^1].FinishReason, pieces[^1].Usage));
    }

    [Fact]
    public async Task A_refusal_is_shown_as_the_answer_it_is()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(FakeAnswers.Raw("""
            data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"refusal":"I would rather not."},"finish_reason":null}]}

            data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: [DONE]


            """));

        var (pieces, failure) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        Assert.Null(failure);
        Assert.Equal("I would rather not.", pieces.Text());
    }

    [Fact]
    public async Task Comments_pings_and_unusual_line_ends_are_no_trouble()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(FakeAnswers.Raw(
            ": PROCESSING\r\n\r\nevent: ping\r\ndata: {\"type\":\"ping\"}\r\n\r\n"
            + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"say \\\"error\\\"\"},\"finish_reason\":null}],\"error\":null}\r\n\r\n"
            + "id: 3\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" twice\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"));

        var (pieces, failure) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        Assert.Null(failure);
        Assert.Equal("say \"error\" twice", pieces.Text());
    }

    [Fact]
    public async Task Stream_options_are_dropped_for_good_once_an_answer_came_only_without_them()
    {
        const string Refusal = """{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"]}]}""";
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(FakeAnswers.Status(422, Refusal)).Then(FakeAnswers.Status(400, "bad")).Then(FakeAnswers.Status(422, Refusal));
        var failures = new List<string?>();
        for (var request = 0; request < 3; request++)
        {
            failures.Add((await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken))).Failure?.Code);
        }

        Assert.Equal([ErrorCode.ProviderRejected, null, null], failures);
        Assert.Equal([true, false, true, false, false], fake.Exchanges.Select(exchange => exchange.Body.Contains("stream_options", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Stream_options_can_be_switched_off()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ("Providers:fake:StreamOptions", "false"));

        Assert.Null((await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken))).Failure);
        Assert.DoesNotContain("stream_options", fake.Exchanges.Single().Body, StringComparison.Ordinal);
    }

    private static async Task SendsAsync(string dialect, string? prefix, string expected)
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ("Providers:fake:Dialect", dialect));

        await DeltaReader.ReadAsync(host.Model().StreamAsync(Full, prefix, TestContext.Current.CancellationToken));

        var sent = JsonNode.Parse(fake.Exchanges.Single().Body);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), sent), sent!.ToJsonString());
    }
}
