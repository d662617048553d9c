using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker.Providers.Demo;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.Worker.Providers;

/// <summary>The script behind the demo model: what it tells, and that it keeps to a request's limits.</summary>
public sealed class DemoTests
{
    private const string Contract = "Tell me a story about a robot named Max";

    private const string ContractBeginning =
        "This is the story of a robot named Max, and it begins in a village on the shoulder of a mountain. Max had been given a seed by someone who was only passing through.";

    /// <summary>Prompts of many kinds, and a word or name that the answer has to take up.</summary>
    public static readonly TheoryData<string, string> Prompts = new()
    {
        { Contract, "Max" },
        { Contract, "a robot named Max" },
        { "tell me a story about a robot named max", "a robot named Max" },
        { "Write a short story about an old lighthouse keeper called Ada Grey, please.", "an old lighthouse keeper named Ada Grey" },
        { "A story about two cats named Tom and Jerry", "two cats named Tom and Jerry" },
        { "Tell me a bedtime story about my dog Rex", "your dog Rex" },
        { "Tell me a story about Alice and Bob", "Alice and Bob" },
        { "Story about Max and the dragon.", "the dragon" },
        { "Tell me a tale about a fox and a crow", "a crow" },
        { "a story about a dragon who learns to dance in 100 words", "a dragon who learns to dance" },
        { "Tell me a story about the sea", "about the sea" },
        { "Write a poem about friendship!", "friendship" },
        { "What is the capital of France?", "the capital of France" },
        { "Explain quantum computing", "quantum computing" },
        { "Why is the sky blue?", "“Why is the sky blue?”" },
        { "How do I bake bread?", "“How do I bake bread?”" },
        { "Tell me about yourself", "about me" },
        { "Hi", "“Hi”" },
        { "2 + 2 = ?", "“2 + 2 = ?”" },
        { "Erzähl mir eine Geschichte über einen Roboter namens Max", "Max" },
        { "讲一个关于机器人的故事", "讲一个关于机器人的故事" },
        { "", "nothing in your message" },
        { "\U0001F916\U0001F916", "nothing in your message" },
    };

    /// <summary>Prompts that mean no good.</summary>
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
        "what is " + new string(' ', 5000) + "x",
        "named named named named a a a a a called called",
        "**[x](javascript:y)** `about` ~~the~~ &lt;sea&gt;",
    };

    [Theory]
    [MemberData(nameof(Prompts))]
    public void A_story_takes_up_what_the_prompt_names(string prompt, string expected)
    {
        for (var seed = 0; seed < 30; seed++)
        {
            Assert.Contains(expected, Tell(prompt, seed), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public void A_story_has_between_120_and_400_words_and_is_well_formed(string prompt, string expected)
    {
        Assert.NotNull(expected);
        for (var seed = 0; seed < 30; seed++)
        {
            AssertWellFormed(Tell(prompt, seed));
        }
    }

    [Theory]
    [MemberData(nameof(HostilePrompts))]
    public void A_hostile_prompt_neither_breaks_a_story_nor_gets_through(string prompt)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var story = Tell(prompt, seed);
            AssertWellFormed(story);
            Assert.DoesNotContain(story, character => character is '<' or '>' or '&' or '`' or '*' or '[' or '\\' or '\u202E' || (char.IsControl(character) && character != '\n'));
            Assert.InRange(story.Length, 600, 4000);
        }
    }

    [Fact]
    public void Equal_requests_get_equal_stories_in_every_process()
    {
        Assert.Equal(Tell(Contract, 7), Tell(Contract, 7));

        // Golden, so that a process whose hashes are seeded differently would be found out.
        Assert.StartsWith(ContractBeginning, Tell(Contract, null), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_seed_tells_another_story()
    {
        var stories = Enumerable.Range(0, 40).Select(seed => Tell(Contract, seed)).ToHashSet(StringComparer.Ordinal);

        Assert.InRange(stories.Count, 38, 40);
    }

    [Fact]
    public void A_further_turn_takes_up_the_latest_message_and_goes_on_about_the_same_hero()
    {
        Message[] turns =
        [
            new(MessageRole.User, Contract), new(MessageRole.Assistant, "Once upon a time."), new(MessageRole.User, "What happened next?"),
        ];
        Message[] joined = [.. turns[..2], new(MessageRole.User, "Now let Max meet a cat named Luna")];
        Message[] changed = [.. turns[..2], new(MessageRole.User, "Now one about a girl named Ida")];

        Assert.Contains("“What happened next?”", Tell(turns), StringComparison.Ordinal);
        Assert.Contains("Max", Tell(turns), StringComparison.Ordinal);
        Assert.Contains("a cat named Luna", Tell(joined), StringComparison.Ordinal);
        Assert.Contains("Max", Tell(joined), StringComparison.Ordinal);
        Assert.Contains("a girl named Ida", Tell(changed), StringComparison.Ordinal);
        Assert.DoesNotContain("Max", Tell(changed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pieces_joined_are_the_story_word_by_word()
    {
        await using var host = await ModelCatalogHost.StartAsync(Fast());
        var completion = ModelCatalogHost.Prompt(Contract, "demo");

        var (pieces, _) = await DeltaReader.ReadAsync(host.Model("demo").StreamAsync(completion, null, TestContext.Current.CancellationToken));

        Assert.Equal(Tell(Contract, null), pieces.Text());
        Assert.All(pieces.SkipLast(1), piece => Assert.DoesNotContain(piece.Text!.Trim(), char.IsWhiteSpace));
        Assert.Equal((null, FinishReason.Stop), (pieces[^1].Text, pieces[^1].FinishReason));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(25)]
    public async Task The_most_tokens_are_kept_to_and_counted(int most)
    {
        await using var host = await ModelCatalogHost.StartAsync(Fast());

        var (pieces, _) = await DeltaReader.ReadAsync(host.Model("demo").StreamAsync(ModelCatalogHost.Prompt(Contract, "demo") with { MaxTokens = most }, null, TestContext.Current.CancellationToken));

        Assert.StartsWith(pieces.Text(), Tell(Contract, null), StringComparison.Ordinal);
        Assert.Equal((FinishReason.Length, new Usage(9, most, 9 + most)), (pieces[^1].FinishReason, pieces[^1].Usage));
        Assert.Equal(most, DemoTokens.Count(pieces.Text()));
    }

    [Theory]
    [InlineData("Max,", null)]
    [InlineData("ot named M", null)]
    [InlineData("\n\n", null)]
    [InlineData("Max", 5)]
    public async Task A_stop_text_ends_the_story_before_it_even_across_words(string stop, int? most)
    {
        await using var host = await ModelCatalogHost.StartAsync(Fast());
        var whole = Tell(Contract, null);
        var completion = ModelCatalogHost.Prompt(Contract, "demo") with { Stop = ["not in any story", string.Empty, stop], MaxTokens = most };

        var (pieces, _) = await DeltaReader.ReadAsync(host.Model("demo").StreamAsync(completion, null, TestContext.Current.CancellationToken));

        var at = whole.IndexOf(stop, StringComparison.Ordinal);
        var beforeLimit = most is null && at >= 0;
        Assert.Equal(beforeLimit ? FinishReason.Stop : most is null ? FinishReason.Stop : FinishReason.Length, pieces[^1].FinishReason);
        Assert.Equal(beforeLimit ? whole[..at] : most is null ? whole : whole[..DemoTokens.EndOf(whole, most.Value)], pieces.Text());
    }

    [Fact]
    public async Task A_story_goes_on_after_the_text_already_shown()
    {
        await using var host = await ModelCatalogHost.StartAsync(Fast());
        var whole = Tell(Contract, null);

        var (pieces, _) = await DeltaReader.ReadAsync(host.Model("demo").StreamAsync(ModelCatalogHost.Prompt(Contract, "demo"), whole[..100], TestContext.Current.CancellationToken));

        Assert.Equal(whole[100..], pieces.Text());
    }

    [Fact]
    public async Task Words_come_at_the_configured_pace()
    {
        var time = new FakeTimeProvider();
        await using var host = await ModelCatalogHost.StartAsync(new Dictionary<string, string?> { ["Providers:demo:TokenDelay"] = "00:00:00.050" }, timeProvider: time);
        await using var pieces = host.Model("demo").StreamAsync(ModelCatalogHost.Prompt(Contract, "demo"), null, TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await pieces.MoveNextAsync());

        for (var word = 0; word < 5; word++)
        {
            var next = pieces.MoveNextAsync();
            time.Advance(TimeSpan.FromMilliseconds(49));
            Assert.False(next.IsCompleted);
            time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(await next);
        }
    }

    [Fact]
    public void Tokens_are_words_and_punctuation_marks()
    {
        Assert.Equal(8, DemoTokens.Count("Hello, world — it's\n\nMax's turn!"));
        Assert.Equal(0, DemoTokens.Count(" \n "));
        Assert.Equal(2, DemoTokens.Count("\U0001F916\ud83d"));
        Assert.Equal("a, b! \n\nc ", string.Concat(DemoTokens.Words("a, b! \n\nc ")));
    }

    private static Dictionary<string, string?> Fast() => new() { ["Providers:demo:TokenDelay"] = "0" };

    private static string Tell(string prompt, long? seed) => Tell([new Message(MessageRole.User, prompt)], seed);

    private static string Tell(Message[] messages, long? seed = null)
    {
        var (conversation, options) = DemoRequest.Make(new ChatCompletion { Model = "demo", Messages = messages, Seed = seed }, null);
        return DemoAnswer.For(conversation, options).Text;
    }

    private static void AssertWellFormed(string story)
    {
        Assert.InRange(story.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Length, 120, 400);
        Assert.DoesNotContain("  ", story, StringComparison.Ordinal);
        Assert.DoesNotContain("..", story, StringComparison.Ordinal);
        Assert.DoesNotContain(story, character => character is '{' or '}' || char.IsSurrogate(character));
        Assert.True(char.IsUpper(story[0]) || story[0] == '“', story);
        Assert.Contains(story[^1], ".!”");
    }
}
