using Microsoft.Extensions.AI;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>How a story begins and ends, by what it is about.</summary>
/// <param name="Hero">Whom it is about.</param>
/// <param name="Friend">Who comes along, if the prompt says.</param>
/// <param name="Beginnings">First sentences to choose from.</param>
/// <param name="Endings">Last sentences to choose from; none where the plot's own end is the end.</param>
/// <param name="Words">What the sentences' slots stand for.</param>
internal sealed record StoryOpening(
    string Hero, string? Friend, IReadOnlyList<string> Beginnings, IReadOnlyList<string> Endings, IReadOnlyDictionary<string, string> Words)
{
    private static readonly string[] Many = ["two", "three", "four", "five", "six", "seven", "some", "several"];
    private static readonly string[] Definite = ["your", "my", "the"];

    /// <summary>Chooses how to begin.</summary>
    /// <param name="subject">What the story is about.</param>
    /// <param name="goesOn">Whether it was told of before in this conversation.</param>
    /// <returns>The opening.</returns>
    public static StoryOpening For(Subject subject, bool goesOn)
    {
        var told = subject.Hero is not null || subject.Described is not null;

        // The same somebody has the same name in every turn of a conversation, whatever the seed.
        var always = StableChoice.For([new ChatMessage(ChatRole.User, subject.Described ?? subject.Topic ?? subject.Quote)], null);
        var (name, kind) = told ? (subject.Hero ?? always.Pick(Cast.Names), subject.Described) : always.Pick(Cast.Heroes);
        return new StoryOpening(name, subject.Friend, Beginning(subject, goesOn, told), Ending(subject, told), new Dictionary<string, string>
        {
            ["{hero}"] = name,
            ["{kind}"] = kind ?? string.Empty,
            ["{topic}"] = subject.Topic ?? string.Empty,
            ["{quote}"] = subject.Quote,
            ["{names}"] = subject.Friend is null ? name : $"{name} and {subject.Friend}",
        });
    }

    /// <summary>Puts the words in their slots, in one pass: no word is searched for slots itself.</summary>
    /// <param name="told">The story.</param>
    /// <param name="friend">Who comes along, as first met and from then on.</param>
    /// <returns>The story's text.</returns>
    public string Fill(string told, (string First, string Later) friend)
    {
        var parts = told.Split('{', '}');
        for (var slot = 1; slot < parts.Length; slot += 2)
        {
            parts[slot] = parts[slot] switch
            {
                "afriend" => friend.First,
                "friend" => friend.Later,
                var word => Words[$"{{{word}}}"],
            };
        }

        return string.Concat(parts);
    }

    private static string[] Beginning(Subject subject, bool goesOn, bool told) => (goesOn, told, subject) switch
    {
        (true, true, _) =>
        [
            "“{quote}” you say, and so the story of {hero} goes on. By then it had led to {place}, and it was a new day there.",
            "“{quote}” you say. Gladly, for there is more to tell of {hero}. The next part happened in {place}.",
        ],
        (true, false, { Topic: not null }) =>
            ["“{quote}” you say. There is more to tell, and it still has to do with {topic}. This part begins in {place}, with {kind} named {hero}."],
        (_, true, { Hero: not null, Described: { } many }) when Many.Contains(many.Split(' ')[0], StringComparer.OrdinalIgnoreCase) =>
            ["This is the story of {kind} named {names}, as they tell it in {place}. Most of it happened to {hero}."],
        (_, true, { Hero: not null, Described: { } one }) when Definite.Contains(one.Split(' ')[0], StringComparer.OrdinalIgnoreCase) =>
            ["This is the story of {kind} {hero}, and it begins in {place}.", "Here is a story about {kind} {hero}. It happened in {place}, not so very long ago."],
        (_, true, { Hero: not null, Described: not null }) =>
        [
            "Once upon a time, in {place}, there was {kind} named {hero}.",
            "In {place}, not so very long ago, there was {kind} named {hero}.",
            "This is the story of {kind} named {hero}, and it begins in {place}.",
        ],
        (_, true, { Hero: not null }) =>
            ["This is the story of {names}, as they tell it in {place}.", "In {place}, everybody knows the story of {names}. It goes like this."],
        (_, true, _) =>
            ["This is the story of {kind}, and it begins in {place}. Everybody there used the name {hero}, and so shall we.", "Here is a story about {kind}. In {place}, where it happened, they still remember the name: {hero}."],
        (_, _, { Topic: not null, WantsStory: true }) =>
            ["This is a story with {topic} at the heart of it, though that may not show at once. It begins in {place}, with {kind} named {hero}.", "Here is a story for anyone who has ever wondered about {topic}. In {place} there was {kind} named {hero}."],
        (_, _, { Topic: not null }) =>
            ["So it is about {topic}. I am only a script and know nothing for certain, but I do know a story. It begins in {place}, with {kind} named {hero}."],
        (_, _, { Quote.Length: > 0 }) =>
            ["“{quote}” you wrote. I am only a script, and stories are all I have, so here is one to go with your words. It begins in {place}, with {kind} named {hero}."],
        _ => ["There is nothing in your message that I can read, so here is a story for a quiet moment. It begins in {place}, with {kind} named {hero}."],
    };

    private static string[] Ending(Subject subject, bool told) => (told, subject.Topic) switch
    {
        (true, _) => [],
        (_, not null) => ["And if anyone asks {hero} about {topic} today, this is the story that gets told.", "And that, as {hero} likes to say, is very nearly the whole truth about {topic}."],
        _ => ["It may not be the answer that was wanted, {hero} would say, but it is a true story, as far as stories go."],
    };
}
