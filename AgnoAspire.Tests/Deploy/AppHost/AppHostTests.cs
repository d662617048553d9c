using AgnoAspire.AppHost.Commands;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Tests.Integration.Telemetry;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>The application as one command starts it: chats, restarts of its parts, and the commands of its dashboard.</summary>
[Collection(nameof(RunningApplication))]
public sealed class AppHostTests(RunningApplication running) : IDisposable
{
    private const string Model = "gpt-3.5-turbo";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly HttpClient client = running.App.CreateHttpClient("api");
    private readonly CancellationTokenSource limit = new(Limit, TimeProvider.System);

    private CancellationToken Cancel => limit.Token;

    public void Dispose()
    {
        client.Dispose();
        limit.Dispose();
    }

    [Fact]
    public async Task Published_request_streams_through_the_whole_application()
    {
        using var response = await client.PostAsync(ChatClient.Body(Model, stream: true), Cancel);
        var events = await response.EventsAsync(Cancel);

        Assert.Equal("stop", events.AssertWhole().FinishReason?.ToString(), ignoreCase: true);
        Assert.Contains("Max", events.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("worker", true, "restart")]
    [InlineData("redis", true, "restart")]
    [InlineData("api", false, "stop", "start")]
    public async Task Text_is_exact_after_a_disturbance_in_mid_answer(string resource, bool isInvisible, params string[] commands)
    {
        var body = ChatClient.Body(Model, stream: true, "Tell me a long story about a lighthouse keeper");
        using var undisturbed = await client.PostAsync(body, Cancel);
        var expected = await undisturbed.EventsAsync(Cancel);

        using var response = await client.PostAsync(body, Cancel);
        using var reader = new SseReader(await response.Content.ReadAsStreamAsync(Cancel));
        var events = await ReadAsync(reader, count: 3);
        var disturbance = RunAllAsync(resource, commands);
        events.AddRange(await ReadAsync(reader));
        Assert.Equal(isInvisible, events[^1].Chunk.Done);
        await disturbance;
        await HealthyAsync();
        if (!isInvisible)
        {
            using var resumed = await client.ResumeAsync(response.StreamId(), events[^1].Sequence, Cancel);
            events.AddRange(await resumed.EventsAsync(Cancel));
        }

        events.AssertWhole();
        Assert.Equal(expected.Text(), events.Text());
    }

    [Fact]
    public async Task Test_chat_takes_prompt_and_model()
    {
        var usual = await running.RunAsync("api", TestChatCommand.Name);
        var chosen = await running.RunAsync("api", TestChatCommand.Name, (TestChatCommand.Prompt, "Hello"), (TestChatCommand.Model, RunningApplication.ScriptedModel));
        var unknown = await running.RunAsync("api", TestChatCommand.Name, (TestChatCommand.Model, "no-such-model"));

        Assert.True(usual.Success, usual.Message);
        Assert.Contains("Max", usual.Data!.Value, StringComparison.Ordinal);
        Assert.True(chosen.Success, chosen.Message);
        Assert.Contains(ScriptedProvider.Answer, chosen.Data!.Value, StringComparison.Ordinal);
        Assert.False(unknown.Success);
        Assert.Contains("model_not_found", unknown.Data!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workers_pause_after_confirmation_and_resume()
    {
        Assert.False((await running.RunAsync("redis", QueueCommands.Pause)).Success);
        Assert.False((await running.RunAsync("redis", QueueCommands.Pause, (QueueCommands.Confirm, "false"))).Success);
        var paused = await running.RunAsync("redis", QueueCommands.Pause, (QueueCommands.Confirm, "true"));
        Assert.True(paused.Success, paused.Message);
        ExecuteCommandResult resumed;
        Task<HttpResponseMessage> chat;
        try
        {
            chat = client.PostAsync(ChatClient.Body(Model, stream: true, "Are you there?"), Cancel);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            while ((await running.RunAsync("redis", QueueCommands.Show)).Message != "1 waiting, 0 running")
            {
                await timer.WaitForNextTickAsync(Cancel);
            }
        }
        finally
        {
            resumed = await running.RunAsync("redis", QueueCommands.Resume);
        }

        Assert.Contains("1 waited", resumed.Message, StringComparison.Ordinal);
        using var response = await chat;
        (await response.EventsAsync(Cancel)).AssertWhole();
    }

    private async Task<List<SseEvent>> ReadAsync(SseReader reader, int count = int.MaxValue)
    {
        var events = new List<SseEvent>();
        try
        {
            await foreach (var item in reader.ReadAsync(Cancel))
            {
                events.Add(item);
                if (events.Count == count)
                {
                    break;
                }
            }
        }
        catch (IOException)
        {
            // The connection was cut.
        }

        return events;
    }

    private async Task RunAllAsync(string resource, string[] commands)
    {
        foreach (var command in commands)
        {
            var result = await running.RunAsync(resource, command);
            Assert.True(result.Success, result.Message);
        }
    }

    private async Task HealthyAsync()
    {
        foreach (var resource in new[] { "redis", "api", "worker" })
        {
            await running.App.ResourceNotifications.WaitForResourceHealthyAsync(resource, Cancel);
        }
    }
}
