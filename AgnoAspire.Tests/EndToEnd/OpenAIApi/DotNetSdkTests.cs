using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>The .NET packages against real processes.</summary>
[Collection(ApiCollection.Name)]
public sealed class DotNetSdkTests(ApiFixture fixture)
{
    private const string Hello = "Hello \"world\"\n😀!";
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAI_package_works_with_and_without_streaming()
    {
        var text = "";
        global::OpenAI.Chat.ChatFinishReason? finish = null;
        await foreach (var update in Client("fake-text").CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: Cancel))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish = update.FinishReason ?? finish;
        }

        var whole = await Client("fake-text").CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Cancel);

        Assert.Equal(Hello, text);
        Assert.Equal(global::OpenAI.Chat.ChatFinishReason.Stop, finish);
        Assert.Equal(Hello, whole.Value.Content[0].Text);
        Assert.Equal(10, whole.Value.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task OpenAI_package_reports_refusals_and_broken_streams()
    {
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Client("none-such").CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Cancel));
        var text = "";
        var finished = false;
        await foreach (var update in Client("fake-error").CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: Cancel))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finished |= update.FinishReason is not null;
        }

        Assert.Equal(404, refused.Status);
        Assert.Contains("model_not_found", refused.Message);
        Assert.Equal("Once ", text);
        Assert.False(finished);
    }

    [Fact]
    public async Task OpenAI_package_sends_the_result_of_a_tool_call()
    {
        var tool = ChatTool.CreateFunctionTool("weather", null, BinaryData.FromString("""{"type":"object"}"""));
        var options = new ChatCompletionOptions { Tools = { tool } };
        var (id, name, arguments) = ("", "", "");
        global::OpenAI.Chat.ChatFinishReason? finish = null;
        await foreach (var update in Client("fake-tools").CompleteChatStreamingAsync([new UserChatMessage("Hello")], options, Cancel))
        {
            finish = update.FinishReason ?? finish;
            foreach (var call in update.ToolCallUpdates)
            {
                (id, name) = (id + call.ToolCallId, name + call.FunctionName);
                arguments += call.FunctionArgumentsUpdate?.ToString();
            }
        }

        var whole = await Client("fake-tools").CompleteChatAsync([new UserChatMessage("Hello")], options, Cancel);
        var answer = await Client("fake-tools").CompleteChatAsync(
            [new UserChatMessage("Hello"), new AssistantChatMessage(whole.Value), new ToolChatMessage(whole.Value.ToolCalls[0].Id, "sunny")], options, Cancel);

        Assert.Equal(("call_1", "weather", """{"city":"Paris"}"""), (id, name, arguments));
        Assert.Equal(global::OpenAI.Chat.ChatFinishReason.ToolCalls, finish);
        Assert.Equal("It is sunny.", answer.Value.Content[0].Text);
    }

    [Fact]
    public async Task Cancelling_the_OpenAI_package_stops_the_provider()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var count = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in Client("fake-slow").CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: stop.Token))
            {
                if (update.ContentUpdate.Count > 0 && ++count == 3)
                {
                    await stop.CancelAsync();
                }
            }
        });

        await AssertAbortedAsync();
    }

    [Fact]
    public async Task Extensions_AI_reports_refusals_and_broken_streams()
    {
        using var client = Client("fake-text").AsIChatClient();
        using var unknown = Client("none-such").AsIChatClient();
        using var failing = Client("fake-error").AsIChatClient();
        var whole = await client.GetStreamingResponseAsync("Hello", cancellationToken: Cancel).ToChatResponseAsync(Cancel);
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => unknown.GetResponseAsync("Hello", cancellationToken: Cancel));
        var broken = await failing.GetStreamingResponseAsync("Hello", cancellationToken: Cancel).ToChatResponseAsync(Cancel);

        Assert.Equal(Hello, whole.Text);
        Assert.Equal(Microsoft.Extensions.AI.ChatFinishReason.Stop, whole.FinishReason);
        Assert.Equal(404, refused.Status);
        Assert.Equal("Once ", broken.Text);
        Assert.Null(broken.FinishReason);
    }

    [Fact]
    public async Task Extensions_AI_calls_a_tool()
    {
        string? asked = null;
        using var client = Client("fake-tools").AsIChatClient().AsBuilder().UseFunctionInvocation().Build();
        var tool = AIFunctionFactory.Create(
            (string city) =>
            {
                asked = city;
                return "sunny";
            },
            "weather");
        var text = "";
        await foreach (var update in client.GetStreamingResponseAsync("Hello", new ChatOptions { Tools = [tool] }, Cancel))
        {
            text += update.Text;
        }

        Assert.Equal("Paris", asked);
        Assert.Equal("It is sunny.", text);
    }

    [Fact]
    public async Task Cancelling_Extensions_AI_stops_the_provider()
    {
        using var whole = Client("fake-text").AsIChatClient();
        using var slow = Client("fake-slow").AsIChatClient();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var answer = await whole.GetResponseAsync("Hello", cancellationToken: Cancel);
        var count = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in slow.GetStreamingResponseAsync("Hello", cancellationToken: stop.Token))
            {
                if (update.Text.Length > 0 && ++count == 3)
                {
                    await stop.CancelAsync();
                }
            }
        });

        Assert.Equal(Hello, answer.Text);
        await AssertAbortedAsync();
    }

    private async Task AssertAbortedAsync() =>
        await fixture.Cluster.Provider.Exchanges.Last(exchange => exchange.Model == "fake-slow").Aborted.WaitAsync(AbortLimit, TimeProvider.System, Cancel);

    private OpenAI.Chat.ChatClient Client(string model) => new(
        model,
        new ApiKeyCredential(ApiFixture.Alice),
        new OpenAIClientOptions { Endpoint = new Uri(fixture.Cluster.Apis[1].Address, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });
}
