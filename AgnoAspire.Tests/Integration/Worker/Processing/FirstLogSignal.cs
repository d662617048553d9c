using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Tests.Integration.Worker.Processing;

/// <summary>Completes a task at the first log entry of a job's steps: Redis is unavailable.</summary>
internal sealed class FirstLogSignal : ILogger<JobLifecycle>
{
    private readonly TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Written => written.Task;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        written.TrySetResult();
}
