using System.Globalization;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using AgnoAspire.AppHost;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>The application as one command starts it: what the AppHost composes, and what its dashboard offers.</summary>
public sealed class AppHostTests(RunningApplication running) : IClassFixture<RunningApplication>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_published_request_streams_through_the_whole_application()
    {
        var events = await StreamAsync("Tell me a story about a robot named Max");

        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(item => item.Id));
        Assert.All(events.SkipLast(1), item => Assert.False(item.Chunk["done"]!.GetValue<bool>()));
        Assert.Equal("stop", events[^1].Chunk["finish_reason"]!.GetValue<string>());
        Assert.Contains("Max", Text(events), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_restart_in_mid_stream_is_invisible()
    {
        const string Prompt = "Tell me a long story about a lighthouse keeper";
        var undisturbed = await StreamAsync(Prompt);
        Task? restart = null;

        var disturbed = await StreamAsync(Prompt, id =>
        {
            if (id == 3)
            {
                restart = RestartWorkersAsync();
            }
        });
        await restart!;

        Assert.Equal(Enumerable.Range(1, disturbed.Count), disturbed.Select(item => item.Id));
        Assert.Equal("stop", disturbed[^1].Chunk["finish_reason"]!.GetValue<string>());
        Assert.Equal(Text(undisturbed), Text(disturbed));
    }

    [Fact]
    public async Task The_dashboard_can_send_a_test_chat()
    {
        var result = await running.RunAsync("api", TestChatCommand.Name);

        Assert.True(result.Success, result.Message);
        Assert.Contains("Max", result.Data!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dashboard_can_hold_the_workers_and_let_them_go()
    {
        Assert.True((await running.RunAsync("redis", QueueCommands.Pause)).Success);
        Task<List<(int Id, JsonNode Chunk)>> chat;
        ExecuteCommandResult resumed;
        try
        {
            chat = StreamAsync("Are you there?");
            await WaitForAsync(async () => (await running.RunAsync("redis", QueueCommands.Show)).Message == "1 waiting, 0 running");
        }
        finally
        {
            resumed = await running.RunAsync("redis", QueueCommands.Resume);
        }

        Assert.Contains("1 waited", resumed.Message, StringComparison.Ordinal);
        Assert.True((await chat)[^1].Chunk["done"]!.GetValue<bool>());
    }

    private static string Text(IEnumerable<(int Id, JsonNode Chunk)> events) => string.Concat(events.Select(item => item.Chunk["content"]!.GetValue<string>()));

    private static async Task WaitForAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, Cancel);
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, either.Token);
        }
    }

    private async Task RestartWorkersAsync() => Assert.True((await running.RunAsync("worker", "restart")).Success);

    private async Task<List<(int Id, JsonNode Chunk)>> StreamAsync(string prompt, Action<int>? seen = null)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, Cancel);
        using var client = running.App.CreateHttpClient("api");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/chat");
        request.Content = JsonContent.Create(new { model = "gpt-3.5-turbo", stream = true, messages = new[] { new { role = "user", content = prompt } } });
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        response.EnsureSuccessStatusCode();

        var events = new List<(int Id, JsonNode Chunk)>();
        await using var body = await response.Content.ReadAsStreamAsync(either.Token);
        var parser = SseParser.Create(body);
        await foreach (var item in parser.EnumerateAsync(either.Token))
        {
            events.Add((int.Parse(parser.LastEventId, CultureInfo.InvariantCulture), JsonNode.Parse(item.Data)!));
            seen?.Invoke(events[^1].Id);
        }

        return events;
    }
}
