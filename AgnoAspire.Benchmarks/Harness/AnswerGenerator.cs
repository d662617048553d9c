using System.Reflection;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// Answers a prompt always alike, at the pace the prompt names. An answer that was broken off and is requested again starts at once with what
/// was sent before, as from a cache: what a viewer then waits for is ours.
/// </summary>
internal sealed class AnswerGenerator
{
    private readonly ConcurrentDictionary<Generation, byte> live = new();
    private readonly ConcurrentDictionary<long, int> brokenOff = new();

    /// <summary>Gets or sets what is called when a worker hangs up before the end of an answer.</summary>
    public Action<Generation> OnAborted { get; set; } = _ => { };

    /// <summary>Gets the answers under way.</summary>
    public ICollection<Generation> Live => live.Keys;

    public async Task AnswerAsync(FakeExchange exchange)
    {
        var answer = Read(exchange.Body);
        var generation = new Generation(answer);
        live[generation] = 0;
        try
        {
            await SendAsync(exchange, generation);
        }
        catch (OperationCanceledException) when (exchange.HungUp.IsCancellationRequested)
        {
            if (answer.Stream != GeneratedAnswer.Timestamps)
            {
                brokenOff.AddOrUpdate(answer.Stream, generation.Sent, (_, before) => Math.Max(before, generation.Sent));
            }

            OnAborted(generation);
        }
        finally
        {
            live.TryRemove(generation, out _);
        }
    }

    private static GeneratedAnswer Read(string body)
    {
        using var json = JsonDocument.Parse(body);
        var content = json.RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content");
        return GeneratedAnswer.Parse(content.ValueKind == JsonValueKind.String ? content.GetString()! : content[0].GetProperty("text").GetString()!);
    }

    private async Task SendAsync(FakeExchange exchange, Generation generation)
    {
        var answer = generation.Answer;
        var cached = brokenOff.GetValueOrDefault(answer.Stream);
        using var timer = answer.Interval > TimeSpan.Zero ? new PeriodicTimer(answer.Interval, TimeProvider.System) : null;
        for (var i = 0; i < answer.Deltas; i++)
        {
            if (timer is not null && i > 0 && i >= cached)
            {
                await timer.WaitForNextTickAsync(exchange.HungUp);
            }

            if (generation.Fault != ProviderFault.None)
            {
                await FailAsync(exchange, generation.Fault);
                return;
            }

            await exchange.SendChunkAsync(answer.Delta(i));
            generation.Sent = i + 1;
        }

        if (cached > 0)
        {
            brokenOff.TryRemove(answer.Stream, out _);
        }

        await exchange.SendEndAsync(3, answer.Deltas);
    }

    private static Task FailAsync(FakeExchange exchange, ProviderFault fault)
    {
        if (fault == ProviderFault.Cut)
        {
            exchange.Hangup();
            return Task.CompletedTask;
        }

        return fault == ProviderFault.Stall
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, exchange.HungUp)
            : exchange.SendAsync("data: {\"choices\":[{\"delta\":}}}\n\n");
    }
}

/// <summary>The fake provider as a process of its own, so that its work is not counted as a client's.</summary>
internal static class ProviderProgram
{
    public const string Name = "provider";

    public static ServerProcess Create()
    {
        var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
        return new ServerProcess(
            Name,
            address,
            "dotnet",
            [Assembly.GetExecutingAssembly().Location, Name, "--port", $"{address.Port}"],
            cancellationToken => ServerProcess.AnswersAsync(new Uri(address, FakeOpenAI.HealthPath), cancellationToken));
    }

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        await using var provider = await FakeOpenAI.StartAsync(arguments.Number("port", 0, 1, ushort.MaxValue), cancellationToken);
        provider.Default = new AnswerGenerator().AnswerAsync;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }
}
