using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace AgnoAspire.AppHost;

/// <summary>A button of the dashboard that sends a chat through the whole pipeline and shows what came back.</summary>
internal static class TestChatCommand
{
    /// <summary>The command's name, by which <c>aspire resource api test-chat</c> calls it too.</summary>
    public const string Name = "test-chat";

    // As the published samples ask; the demo answers to it where nothing else does.
    private const string Model = "gpt-3.5-turbo";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Adds the command to the API.</summary>
    public static IResourceBuilder<ProjectResource> WithTestChatCommand(this IResourceBuilder<ProjectResource> api)
    {
        var endpoint = api.GetEndpoint("http");
        return api.WithCommand(
            Name,
            "Send a test chat",
            context => RunAsync(endpoint, context),
            new CommandOptions
            {
                Description = "Streams one short chat and shows its text and timing.",
                IconName = "ChatSparkle",
                IsHighlighted = true,
                UpdateState = CommandStates.WhenHealthy,
            });
    }

    private static async Task<ExecuteCommandResult> RunAsync(EndpointReference api, ExecuteCommandContext context)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, limit.Token);
        using var client = context.Services.GetRequiredService<IHttpClientFactory>().CreateClient(Name);
        client.BaseAddress = new Uri(api.Url);
        try
        {
            return await StreamAsync(client, cancel.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return CommandResults.Failure(exception);
        }
    }

    private static async Task<ExecuteCommandResult> StreamAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/chat");
        request.Content = JsonContent.Create(new
        {
            model = Model,
            stream = true,
            messages = new[] { new { role = "user", content = "Tell me a story about a robot named Max" } },
        });
        var clock = Stopwatch.StartNew();
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var problem = await response.Content.ReadAsStringAsync(cancellationToken);
            return CommandResults.Failure($"The API answered {(int)response.StatusCode}.", problem, CommandResultFormat.Json);
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var text = new StringBuilder();
        var first = TimeSpan.Zero;
        var chunks = 0;
        await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellationToken))
        {
            var chunk = JsonNode.Parse(item.Data)!;
            first = chunks++ == 0 ? clock.Elapsed : first;
            text.Append(chunk["content"]!.GetValue<string>());
            if (chunk["done"]!.GetValue<bool>())
            {
                return Told(chunk["finish_reason"]?.GetValue<string>(), text.ToString(), chunks, first, clock.Elapsed);
            }
        }

        return CommandResults.Failure($"The stream closed after {chunks} chunks, before its last one.");
    }

    private static ExecuteCommandResult Told(string? finishReason, string text, int chunks, TimeSpan first, TimeSpan total)
    {
        var told = $"""
            | model | finish reason | chunks | first chunk | whole |
            |---|---|---|---|---|
            | {Model} | {finishReason} | {chunks} | {first.TotalMilliseconds:F0} ms | {total.TotalMilliseconds:F0} ms |

            {text}
            """;
        var message = $"{chunks} chunks in {total.TotalSeconds:F1} s";
        return finishReason == "error"
            ? CommandResults.Failure(message, told, CommandResultFormat.Markdown)
            : CommandResults.Success(message, told, CommandResultFormat.Markdown, displayImmediately: true);
    }
}
