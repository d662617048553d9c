using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker.Inference;
using AgnoAspire.Worker.Providers.Demo;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.Worker.Providers;

/// <summary>The script behind the demo model: what it tells, and that it keeps to a request's limits.</summary>
public sealed class DemoTests
{
    private const string Prompt = "Tell me a story about a robot named Max";

    /// <summary>Prompts of many kinds, and words that the answer has to take up.</summary>
    public static readonly TheoryData<string, string> Prompts = new()
    {
        { Prompt, "This is the story of a robot named Max, and it begins in " },
        { "tell me a story about a robot named max", "a robot named Max" },
        { "Write a short story about an old lighthouse keeper called Ada Grey, please.", "an old lighthouse keeper named Ada Grey" },
        { "A bedtime story about a lighthouse that was afraid of the dark", "a lighthouse that was afraid of the dark" },
        { "A story about two snails who deliver the post", "two snails who deliver the post" },
        { "Tell me a story about Alice and Bob", "Alice and Bob" },
        { "Tell me a story about the sea in 300 words", "a story about the sea, and" },
        { "Erzähl mir eine Geschichte über einen Roboter namens Max", "Max" },
        { "Explain quantum computing", "“Explain quantum computing” I am a script, not an AI" },
        { "Why is the sky blue?", "“Why is the sky blue?” I am a script, not an AI" },
        { "讲一个关于机器人的故事", "讲一个关于机器人的故事" },
        { "", "I am a script, not an AI" },
    };

    public static readonly TheoryData<string> HostilePrompts = new()
    {
        "Tell me a story about a robot named <script>alert(1)</script>",
        "Tell me a story about a robot named {hero} and {friend} {} }{",
        "Tell me a story about a \u202Erobot\u202C named M\u0000a\u001b[31mx\r\n\r\ndata: {\"done\":true}\n\n",
        "Tell me a story about a robot named \ud83d and \udc00\udc00",
        "Tell me a story about a robot named Z" + new string('\u0301', 500) + "algo",
        "Tell me a story about " + new string('a', 1_000_000),
        "Tell me a story about " + string.Concat(Enumerable.Repeat("a very ", 100_000)) + "robot named Max",
        new string('{', 5000),
        new string('x', 5000),
        "named named named named a a a a a called called",
        "**[x](javascript:y)** `about` ~~the~~ &lt;sea&gt;",
    };

    [Theory]
    [MemberData(nameof(Prompts))]
    public void Story_takes_up_what_the_prompt_names(string prompt, string expected)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var story = Tell(prompt, seed);
            Assert.Contains(expected, story, StringComparison.Ordinal);
            AssertWellFormed(story);
            Assert.InRange(DemoTokenizer.Count(story), 180, 700);
        }
    }

    [Theory]
    [MemberData(nameof(HostilePrompts))]
    public void Hostile_prompt_does_not_get_through(string prompt)
    {
        var story = Tell(prompt, 1);

        AssertWellFormed(story);
        Assert.DoesNotContain(story, character => character is '<' or '>' or '&' or '`' or '*' or '[' or '\\' or '\u202E' || (char.IsControl(character) && character != '\n'));
        Assert.InRange(story.Length, 800, 4000);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(5000)]
    public void Story_is_as_long_as_asked(int words) => Assert.InRange(DemoTokenizer.Count(Tell($"{Prompt} in {words} words")), words, words + 300);

    [Fact]
    public void Equal_requests_get_equal_stories_in_every_process()
    {
        Assert.Equal(Tell(Prompt, 7), Tell(Prompt, 7));

        // Golden: an answer that differs between processes could not be replayed.
        Assert.StartsWith(GoldenBeginning, Tell(Prompt), StringComparison.Ordinal);
    }

    [Fact]
    public void Seed_and_temperature_vary_the_story()
    {
        Assert.InRange(Enumerable.Range(0, 40).Select(seed => Tell(Prompt, seed)).Distinct(StringComparer.Ordinal).Count(), 30, 40);
        Assert.NotEqual(Tell(Prompt, 7), DemoStory.Tell([new ChatMessage(ChatRole.User, Prompt)], 7, 0.5f));
    }

    [Fact]
    public void System_messages_are_ignored() =>
        Assert.Equal(Tell(Prompt), Tell(new ChatMessage(ChatRole.System, "You are a pirate named Jack."), new ChatMessage(ChatRole.User, Prompt)));

    [Fact]
    public void Next_turn_goes_on_about_the_same_hero_or_about_a_new_one()
    {
        ChatMessage[] turns = [new(ChatRole.User, Prompt), new(ChatRole.Assistant, "Once upon a time.")];
        var next = Tell([.. turns, new(ChatRole.User, "What happened next?")]);
        var changed = Tell([.. turns, new(ChatRole.User, "Now one about a girl named Ida")]);

        Assert.StartsWith("“What happened next?” So the story of Max goes on.", next, StringComparison.Ordinal);
        Assert.Contains("a girl named Ida", changed, StringComparison.Ordinal);
        Assert.DoesNotContain("Max", changed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(25)]
    public async Task Token_limit_is_kept_and_counted(int maxTokens)
    {
        var deltas = await AskAsync(ModelCatalogHost.Prompt(Prompt, "demo", ("max_tokens", maxTokens)));

        Assert.StartsWith(deltas.Text(), Tell(Prompt), StringComparison.Ordinal);
        Assert.Equal((FinishReason.Length, new Usage(9, maxTokens, 9 + maxTokens)), (deltas[^1].FinishReason, deltas[^1].Usage));
        Assert.Equal(maxTokens, DemoTokenizer.Count(deltas.Text()));
    }

    [Theory]
    [InlineData("Max,", null)]
    [InlineData("ot named M", null)]
    [InlineData("\n\n", null)]
    [InlineData("Max", 5)]
    public async Task Stop_sequence_ends_the_story_before_it_even_across_words(string stop, int? maxTokens)
    {
        var whole = Tell(Prompt);

        var deltas = await AskAsync(ModelCatalogHost.Prompt(
            Prompt, "demo", ("stop", new[] { "not in any story", "", stop }), ("max_tokens", maxTokens ?? 1000)));

        Assert.Equal(maxTokens is null ? whole[..whole.IndexOf(stop, StringComparison.Ordinal)].TrimEnd() : "This is the story of", deltas.Text());
        Assert.Equal(maxTokens is null ? FinishReason.Stop : FinishReason.Length, deltas[^1].FinishReason);
    }

    [Fact]
    public async Task Story_continues_any_prefix_of_itself_exactly()
    {
        var whole = Tell(Prompt);
        for (var length = 1; length < whole.Length; length += 37)
        {
            Assert.Equal(whole[length..], (await AskAsync(ModelCatalogHost.Prompt(Prompt, "demo"), whole[..length])).Text());
        }
    }

    [Fact]
    public async Task Tokens_come_one_by_one_at_the_configured_delay()
    {
        var time = new FakeTimeProvider();
        await using var deltas = Endpoint(TimeSpan.FromMilliseconds(50), time).StreamAsync(
            ModelCatalogHost.Prompt(Prompt, "demo"), null, Timeouts(time), TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await deltas.MoveNextAsync());
        for (var word = 0; word < 5; word++)
        {
            var next = deltas.MoveNextAsync();
            time.Advance(TimeSpan.FromMilliseconds(49));
            Assert.False(next.IsCompleted);
            time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(await next);
        }
    }

    [Fact]
    public void Tokens_are_words_with_their_punctuation()
    {
        Assert.Equal(5, DemoTokenizer.Count("Hello, world — it's\n\nMax!"));
        Assert.Equal(0, DemoTokenizer.Count(" \n "));
        Assert.Equal(["a,", " b!", " \n\nc"], DemoTokenizer.Split("a, b! \n\nc"));
    }

    private const string GoldenBeginning = "This is the story of a robot named Max, and it begins in ";

    private static ModelEndpoint Endpoint(TimeSpan delay, TimeProvider time) => DemoChatClient.Serve("demo", delay, time, captureContent: false);

    private static AttemptTimeouts Timeouts(TimeProvider time) =>
        new(new InferenceTimeouts(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)), time, CancellationToken.None, CancellationToken.None);

    private static async Task<List<CompletionDelta>> AskAsync(ChatCompletion completion, string? prefix = null)
    {
        using var timeouts = Timeouts(TimeProvider.System);
        var (deltas, failure) = await DeltaReader.ReadAsync(
            Endpoint(TimeSpan.Zero, TimeProvider.System).StreamAsync(completion, prefix, timeouts, TestContext.Current.CancellationToken));
        Assert.Null(failure);
        return deltas;
    }

    private static string Tell(string prompt, long? seed = null) => DemoStory.Tell([new ChatMessage(ChatRole.User, prompt)], seed, null);

    private static string Tell(params ChatMessage[] conversation) => DemoStory.Tell(conversation, null, null);

    private static void AssertWellFormed(string story)
    {
        Assert.DoesNotContain("  ", story, StringComparison.Ordinal);
        Assert.DoesNotContain("..", story, StringComparison.Ordinal);
        Assert.DoesNotContain(story, character => character is '{' or '}' || char.IsSurrogate(character));
        Assert.True(char.IsUpper(story[0]) || story[0] == '“', story);
        Assert.Contains(story[^1], ".!”");
    }
}
