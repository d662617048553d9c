using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.Worker.Providers.Demo;
using Microsoft.Extensions.AI;

namespace AgnoAspire.Testing.Explorer;

/// <summary>What a client asks for.</summary>
internal sealed record ChatPlan(string Owner, string Key, DisconnectPolicy Policy, ChatCompletion Completion, string Answer)
{
    private const int LargeRequest = 70 * 1024;

    // What ends the answer, after three to eight chunks.
    private static readonly string[] Stops = ["script", "not", "an AI", "AI"];
    private static readonly ConcurrentDictionary<string, string> Answers = new();

    /// <summary>Gets a value indicating whether two clients ask for it at once.</summary>
    public bool IsDoubled { get; init; }

    public static ChatPlan Choose(Func<int, int> choose, int index)
    {
        var stop = Stops[choose(Stops.Length)];
        var padding = choose(6) == 0 ? new string('x', LargeRequest) : "";
        var json = $$"""{"model":"{{ProductServices.Model}}","stop":"{{stop}}","user":"{{padding}}","messages":[{"role":"user","content":"Hello"}]}""";
        return new ChatPlan(
            choose(2) == 0 ? "key:a" : "key:b",
            $"chat{index}",
            choose(2) == 0 ? DisconnectPolicy.Cancel : DisconnectPolicy.Continue,
            ChatCompletion.Parse(Encoding.UTF8.GetBytes(json)),
            Answers.GetOrAdd(stop, Tell))
        { IsDoubled = choose(4) == 0 };
    }

    private static string Tell(string stop)
    {
        using var client = new DemoChatClient(ProductServices.Model, TimeSpan.Zero, TimeProvider.System);
        ChatMessage[] messages = [new(ChatRole.User, "Hello")];
        return client.GetStreamingResponseAsync(messages, new ChatOptions { StopSequences = [stop] })
            .ToBlockingEnumerable().Aggregate("", static (text, update) => text + update.Text);
    }
}
