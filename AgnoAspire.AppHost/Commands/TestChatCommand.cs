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
                UpdateState = WhenHealthy.Enabled,
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
            var model = await FirstModelAsync(client, cancel.Token);
            return await StreamAsync(client, model, cancel.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or InvalidOperationException)
        {
            return CommandResults.Failure(exception);
        }
    }

    private static async Task<string> FirstModelAsync(HttpClient client, CancellationToken cancellationToken)
    {
        var models = await client.GetFromJsonAsync<JsonObject>("/v1/models", cancellationToken);
        return models?["data"]?[0]?["id"]?.GetValue<string>() ?? throw new InvalidOperationException("No worker serves a model yet.");
    }

    private static async Task<ExecuteCommandResult> StreamAsync(HttpClient client, string model, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/chat");
        request.Content = JsonContent.Create(new
        {
            model,
            stream = true,
            messages = new[] { new { role = "user", content = "Tell me a story about a robot named Max" } },
        });
        var clock = Stopwatch.StartNew();
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();

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
                return Told(model, chunk["finish_reason"]?.GetValue<string>(), text.ToString(), chunks, first, clock.Elapsed);
            }
        }

        return CommandResults.Failure($"The stream closed after {chunks} chunks, before its last one.");
    }

    private static ExecuteCommandResult Told(string model, string? finishReason, string text, int chunks, TimeSpan first, TimeSpan total)
    {
        var told = $"""
            | model | finish reason | chunks | first chunk | whole |
            |---|---|---|---|---|
            | {model} | {finishReason} | {chunks} | {first.TotalMilliseconds:F0} ms | {total.TotalMilliseconds:F0} ms |

            {text}
            """;
        var message = $"{chunks} chunks in {total.TotalSeconds:F1} s";
        return finishReason == "error"
            ? CommandResults.Failure(message, told, CommandResultFormat.Markdown)
            : CommandResults.Success(message, told, CommandResultFormat.Markdown, displayImmediately: true);
    }
}
