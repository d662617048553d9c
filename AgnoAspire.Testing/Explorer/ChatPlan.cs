using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.Worker.Providers.Demo;
using Microsoft.Extensions.AI;

namespace AgnoAspire.Testing.Explorer;

/// <summary>What a client asks for.</summary>
internal sealed record ChatPlan(string Owner, string Key, DisconnectPolicy Policy, ChatCompletion Completion, string Answer)
{
    private const int LargeRequest = 70 * 1024;

    private static readonly ConcurrentDictionary<int, string> Answers = new();

    /// <summary>Gets a value indicating whether two clients ask for it at once.</summary>
    public bool IsDoubled { get; init; }

    public static ChatPlan Choose(Func<int, int> choose, int index)
    {
        var tokens = 3 + choose(4);
        var padding = choose(6) == 0 ? new string('x', LargeRequest) : "";
        var json = $$"""{"model":"{{ProductServices.Model}}","max_tokens":{{tokens}},"user":"{{padding}}","messages":[{"role":"user","content":"Hello"}]}""";
        return new ChatPlan(
            choose(2) == 0 ? "key:a" : "key:b",
            $"chat{index}",
            choose(2) == 0 ? DisconnectPolicy.Cancel : DisconnectPolicy.Continue,
            ChatCompletion.Parse(Encoding.UTF8.GetBytes(json)),
            Answers.GetOrAdd(tokens, Tell))
        { IsDoubled = choose(4) == 0 };
    }

    private static string Tell(int tokens)
    {
        using var client = new DemoChatClient(ProductServices.Model, TimeSpan.Zero, TimeProvider.System);
        ChatMessage[] messages = [new(ChatRole.User, "Hello")];
        return client.GetStreamingResponseAsync(messages, new ChatOptions { MaxOutputTokens = tokens })
            .ToBlockingEnumerable().Aggregate("", static (text, update) => text + update.Text);
    }
}
