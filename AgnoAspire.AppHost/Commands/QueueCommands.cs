using System.Globalization;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Queue;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgnoAspire.AppHost;

/// <summary>Buttons of the dashboard, on Redis, that show the queue and stop or let go what workers take from it.</summary>
internal static class QueueCommands
{
    /// <summary>Shows what waits, what runs and what was given up.</summary>
    public const string Show = "show-queue";

    /// <summary>Lets workers finish what they have and take nothing new.</summary>
    public const string Pause = "pause-workers";

    /// <summary>Ends a pause.</summary>
    public const string Resume = "resume-workers";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Adds the commands to the Redis that holds the queue.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> WithQueueCommands(this IResourceBuilder<IResourceWithConnectionString> redis) => redis
        .WithQueueCommand(Show, "Show the queue", "DocumentQueue", "How many jobs wait, run and were given up.", ShowAsync)
        .WithQueueCommand(Pause, "Pause the workers", "Pause", "Running chats go on, new ones wait, until the workers are resumed.", PauseAsync)
        .WithQueueCommand(Resume, "Resume the workers", "Play", "Workers take jobs again.", ResumeAsync);

    private static async Task<ExecuteCommandResult> ShowAsync(QueueAdmin queue)
    {
        var now = await queue.ReadAsync();
        var told = $"""
            | waiting | running | given up | workers |
            |---|---|---|---|
            | {now.Waiting} | {now.Claimed} | {now.DeadLetters} | {(now.Paused ? "paused" : "working")} |
            """;
        return CommandResults.Success($"{now.Waiting} waiting, {now.Claimed} running", told, CommandResultFormat.Markdown, displayImmediately: true);
    }

    private static async Task<ExecuteCommandResult> PauseAsync(QueueAdmin queue)
    {
        await queue.PauseAsync();
        return CommandResults.Success("The workers take no new jobs.");
    }

    private static async Task<ExecuteCommandResult> ResumeAsync(QueueAdmin queue)
    {
        var waiting = await queue.ResumeAsync();
        return CommandResults.Success(string.Create(CultureInfo.InvariantCulture, $"The workers take jobs again; {waiting} waited."));
    }

    private static IResourceBuilder<IResourceWithConnectionString> WithQueueCommand(
        this IResourceBuilder<IResourceWithConnectionString> redis,
        string name,
        string title,
        string icon,
        string description,
        Func<QueueAdmin, Task<ExecuteCommandResult>> run) => redis.WithCommand(
            name,
            title,
            context => RunAsync(redis.Resource, run, context.CancellationToken),
            new CommandOptions { Description = description, IconName = icon, UpdateState = CommandStates.WhenRunning });

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
