using AgnoAspire.ChatJobs.Models;
using Microsoft.AspNetCore.Connections;

namespace AgnoAspire.Standalone;

/// <summary>What makes one process of API and worker complete.</summary>
internal static class StandaloneExtensions
{
    private const string ConnectionString = "ConnectionStrings:redis";
    private const string ContractModel = "gpt-3.5-turbo";
    private const string DemoModel = "demo";

    private static readonly TimeSpan RegistrationLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RegistrationPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Starts the embedded server, to be disposed after the host; <see langword="null"/> when a Redis is configured.</summary>
    public static EmbeddedRedis? UseEmbeddedRedisUnlessConfigured(this WebApplicationBuilder builder)
    {
        if (!string.IsNullOrWhiteSpace(builder.Configuration[ConnectionString]))
        {
            return null;
        }

        var server = EmbeddedRedis.Start();
        builder.Configuration[ConnectionString] = server.ConnectionString;
        return server;
    }

    /// <summary>
    /// Runs the application until it is asked to stop. Once it listens, prints where the chat page is and a request to try. The exit code is 1 when
    /// a port is in use, which is one sentence on standard error; else 0.
    /// </summary>
    public static async Task<int> RunWithExampleAsync(this WebApplication app)
    {
        await using (app)
        {
            try
            {
                await app.StartAsync();
            }
            catch (IOException exception) when (exception.InnerException is AddressInUseException)
            {
                await Console.Error.WriteLineAsync($"{exception.Message} Choose another address, for example: --urls http://localhost:8001");
                return 1;
            }

            Console.WriteLine(await app.ExampleAsync());
            await app.WaitForShutdownAsync();
            return 0;
        }
    }

    private static async Task<string> ExampleAsync(this WebApplication app)
    {
        // Kestrel's way of writing "every address" is no address of a request.
        var url = app.Urls.First().Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
        var body = JsonSerializer.Serialize(new
        {
            messages = new[] { new { role = "user", content = "Tell me a story about a robot named Max" } },
            model = await app.ChooseModelAsync(),
            stream = true,
        });
        var key = app.NeedsKey() ? " -H 'Authorization: Bearer <your key>'" : "";
        var reference = app.Environment.IsDevelopment() ? $"API reference: {url}/scalar{Environment.NewLine}" : "";
        return $"Chat page: {url}{Environment.NewLine}{reference}Try: curl -N {url}/api/v1/chat{key} -H 'Content-Type: application/json' -d '{body}'";
    }

    /// <summary>Chooses the model of the published samples if it is served, else a configured one, else the demo.</summary>
    private static async Task<string> ChooseModelAsync(this WebApplication app)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(app.Lifetime.ApplicationStopping);
        limit.CancelAfter(RegistrationLimit);
        var registry = app.Services.GetRequiredService<ModelRegistry>();
        var models = await registry.ReadAsync();
        while (models.Count == 0 && !limit.IsCancellationRequested)
        {
            // The worker of this process registers its models as it starts.
            await Task.Delay(RegistrationPause, TimeProvider.System, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            models = await registry.ReadAsync();
        }

        return models.FirstOrDefault(model => model.Name == ContractModel)?.Name
            ?? models.FirstOrDefault(model => model.Name != DemoModel)?.Name
            ?? DemoModel;
    }

    private static bool NeedsKey(this WebApplication app) => !app.Configuration.GetValue<bool>("ChatApi:AllowAnonymous")
        && (app.Configuration.GetSection("ChatApi:ApiKeys").Exists() || app.Configuration.GetSection("Authentication:Schemes:Bearer").Exists());
}
