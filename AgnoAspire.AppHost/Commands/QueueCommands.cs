using AgnoAspire.AppHost.Redis;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Queue;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AgnoAspire.AppHost.Commands;

/// <summary>Commands of the Redis resource, in the dashboard and by <c>aspire resource redis</c>, that show, pause and resume the queue.</summary>
internal static class QueueCommands
{
    /// <summary>Shows how many jobs wait, run and are dead letters.</summary>
    public const string Show = "show-queue";

    /// <summary>Pauses the queue: workers finish their jobs and claim no more.</summary>
    public const string Pause = "pause-workers";

    /// <summary>Ends a pause.</summary>
    public const string Resume = "resume-workers";

    /// <summary>The argument of <see cref="Pause"/> that must be true.</summary>
    public const string Confirm = "confirm";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Adds the commands to the Redis that holds the queue.</summary>
    public static void WithQueueCommands(this IResourceBuilder<IResourceWithConnectionString> redis)
    {
        redis.WithQueueCommand(Show, "Show the queue", ShowAsync, new CommandOptions
        {
            Description = "How many jobs wait, run and are dead letters.",
            IconName = "DocumentQueue",
        });
        redis.WithQueueCommand(Pause, "Pause the workers", PauseAsync, new CommandOptions
        {
            Description = "Running chats go on, new ones wait, until the workers are resumed.",
            IconName = "Pause",

            // An argument and not a confirmation message, which only the dashboard shows: the CLI asks for it too.
            Arguments =
            [
                new InteractionInput
                {
                    Name = Confirm,
                    Label = "Pause the workers",
                    Description = "New chats wait until the workers are resumed, also after a restart.",
                    InputType = InputType.Boolean,
                    Required = true,
                },
            ],
            ValidateArguments = context =>
            {
                if (!context.Inputs.GetBoolean(Confirm))
                {
                    context.AddValidationError(Confirm, "Confirm that new chats wait until the workers are resumed.");
                }

                return Task.CompletedTask;
            },
        });
        redis.WithQueueCommand(Resume, "Resume the workers", ResumeAsync, new CommandOptions
        {
            Description = "Workers claim jobs again.",
            IconName = "Play",
        });
    }

    private static async Task<ExecuteCommandResult> ShowAsync(QueueAdmin queue)
    {
        var now = await queue.ReadAsync();
        var table = $"""
            | waiting | running | dead letters | workers |
            |---|---|---|---|
            | {now.Waiting} | {now.Claimed} | {now.DeadLetters} | {(now.Paused ? "paused" : "working")} |
            """;
        return CommandResults.Success($"{now.Waiting} waiting, {now.Claimed} running", table, CommandResultFormat.Markdown, displayImmediately: true);
    }

    private static async Task<ExecuteCommandResult> PauseAsync(QueueAdmin queue)
    {
        await queue.PauseAsync();
        return CommandResults.Success("The workers claim no new jobs.");
    }

    private static async Task<ExecuteCommandResult> ResumeAsync(QueueAdmin queue)
    {
        var waiting = await queue.ResumeAsync();
        return CommandResults.Success(string.Create(CultureInfo.InvariantCulture, $"The workers claim jobs again; {waiting} waited."));
    }

    private static void WithQueueCommand(
        this IResourceBuilder<IResourceWithConnectionString> redis, string name, string title,
        Func<QueueAdmin, Task<ExecuteCommandResult>> run, CommandOptions options)
    {
        options.UpdateState = context =>
            context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;
        redis.WithCommand(name, title, context => RunAsync(redis.Resource, run, context.CancellationToken), options);
    }

    private static async Task<ExecuteCommandResult> RunAsync(
        IResourceWithConnectionString redis, Func<QueueAdmin, Task<ExecuteCommandResult>> run, CancellationToken cancellationToken)
    {
        // Only ChatJobs knows a Redis key: a command borrows its services for as long as it runs.
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{ChatRedis.Name}", await redis.GetConnectionStringAsync(cancellationToken))]);
        builder.AddChatJobs();
        using var host = builder.Build();
        try
        {
            return await run(host.Services.GetRequiredService<QueueAdmin>()).WaitAsync(Limit, TimeProvider.System, cancellationToken);
        }
        catch (ChatJobsUnavailableException exception)
        {
            return CommandResults.Failure(exception);
        }
    }
}
