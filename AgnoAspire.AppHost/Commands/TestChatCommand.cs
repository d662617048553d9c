using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgnoAspire.AppHost.Commands;

/// <summary>A command of the API that sends a chat through the whole application and shows the answer and its timing.</summary>
internal static class TestChatCommand
{
    /// <summary>The command's name: <c>aspire resource api test-chat --prompt "…" --model …</c>.</summary>
    public const string Name = "test-chat";

    /// <summary>The argument with the user's message.</summary>
    public const string Prompt = "prompt";

    /// <summary>The argument with the public name of a model.</summary>
    public const string Model = "model";

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
                Description = "Streams one chat and shows its text and timing.",
                IconName = "ChatSparkle",
                IsHighlighted = true,
                Arguments =
                [
                    new InteractionInput { Name = Prompt, Label = "Prompt", InputType = InputType.Text, Required = true, Value = "Tell me a story about a robot named Max" },
                    new InteractionInput { Name = Model, Label = "Model", InputType = InputType.Text, Required = true, Value = "gpt-3.5-turbo" },
                ],
                UpdateState = state =>
                    state.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
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
            return await StreamAsync(client, context.Arguments.GetString(Model)!, context.Arguments.GetString(Prompt)!, cancel.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return CommandResults.Failure(exception);
        }
    }

    private static async Task<ExecuteCommandResult> StreamAsync(HttpClient client, string model, string prompt, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/chat");
        request.Content = JsonContent.Create(new { model, stream = true, messages = new[] { new { role = "user", content = prompt } } });
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
                return Report(model, chunk["finish_reason"]?.GetValue<string>(), text.ToString(), chunks, first, clock.Elapsed);
            }
        }

        return CommandResults.Failure($"The stream closed after {chunks} chunks, before its last one.");
    }

    private static ExecuteCommandResult Report(string model, string? finishReason, string text, int chunks, TimeSpan first, TimeSpan total)
    {
        var report = $"""
            | model | finish reason | chunks | first chunk | total |
            |---|---|---|---|---|
            | {model} | {finishReason} | {chunks} | {first.TotalMilliseconds:F0} ms | {total.TotalMilliseconds:F0} ms |

            {text}
            """;
        var message = $"{chunks} chunks in {total.TotalSeconds:F1} s";
        return finishReason == "error"
            ? CommandResults.Failure(message, report, CommandResultFormat.Markdown)
            : CommandResults.Success(message, report, CommandResultFormat.Markdown, displayImmediately: true);
    }
}
