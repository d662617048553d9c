using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>Tells a story of some 200 to 300 words, or of as many as the prompt asks for, about whom or what the prompt names.</summary>
internal static partial class DemoStory
{
    private const int MaxWords = 5000;
    private const int MaxPromptLength = 1000;
    private const int MaxQuoteLength = 100;
    private const string Name = @"\p{L}[\p{L}\p{M}\p{N}'-]{0,30}(?:\s+\p{Lu}[\p{L}\p{M}\p{N}'-]{0,30}){0,2}";

    private static readonly string[] Names = ["Pip", "Tilly", "Juniper", "Milo", "Sol", "Nell", "Bram", "Odette"];
    private static readonly string[] Friends = ["a heron called Quill", "a lamplighter called Tansy", "a one-eared cat called Fig", "a kite maker called Lark", "a stubborn goat called Dorrit"];

    private static readonly (string Place, string Here)[] Settings =
    [
        ("a harbor town where the fog comes in every evening", "the harbor"), ("a village on the shoulder of a mountain", "the village"),
        ("a wide valley full of apple trees", "the orchards"), ("a city of bridges and small green canals", "the bridges"),
        ("a railway town at the edge of a desert", "the station"), ("a small island with a white lighthouse", "the lighthouse"),
    ];

    // Each plot is four paragraphs, each in wordings that fit all wordings of the others.
    private static readonly string[][][] Plots =
    [
        [
            ["{hero} had one duty there: to wind the old clock above {here} every morning, so that the neighbors knew when to open their shutters. It was a small duty, but {hero} was proud of it and had never once been late.", "Every morning, while the neighbors were still asleep, {hero} climbed the tower near {here} and wound the old clock. Nobody had asked for it in years. {hero} did it all the same, because a thing worth starting is a thing worth keeping up."],
            ["Then came the morning when the clock would not go. The key turned, the springs sighed, and the hands stayed where they were. Doors opened too early or too late, bread burned, and by noon everything had lost its rhythm.", "One morning the key turned without a sound, and the hands did not move. The neighbors waited for the chime that told them to begin, and waited, and began nothing at all. It is strange how loud a silent clock can be."],
            ["{hero} took the clock apart, wheel by wheel, and laid the pieces in a long row. Help came from {afriend}, who knew nothing about clocks and asked about everything. It was the ninth question that did it. “What is that feather doing there?” said {friend}. Behind the largest wheel, a swallow had built her nest.", "All day {hero} searched the wheels for a fault and found none. At dusk there came a knock, and in the doorway stood {afriend}, with a lamp. In that new light {hero} saw it at last: behind the largest wheel sat a swallow on four speckled eggs, looking back without the least alarm."],
            ["They could have moved the nest. Instead {hero} stood near {here} for three weeks and rang the hours by hand, with {friend} keeping count. When the young swallows flew, the clock was wound again, and it has kept good time ever since, except for three weeks in spring, when nobody minds.", "So the clock stayed still until the eggs had hatched, and each hour {hero} and {friend} walked around {here} and told everyone the time in person. The neighbors had never talked to one another so much. When the clock finally struck again, some of them were almost sorry."],
        ],
        [
            ["{hero} knew the weather the way others know a neighbor: by small habits. When the gulls walked and the smoke lay flat, {hero} would ring the old bell near {here} and tell everyone to tie things down. Mostly they did, and mostly it was for nothing, and they laughed about it together.", "There was a bell near {here} that was rung when a storm was coming, and the ringing of it had fallen to {hero}. In six years there had been no storm at all. The neighbors hung their washing on the rope. {hero} took it down each evening, folded it, and tested the bell."],
            ["Then the wind came from the wrong side. It took the lamps first, then the signs, then the road itself, and half of the neighbors were still outside when the dark closed over them. Nobody could see a hand held up in front of their eyes.", "The storm, when it came, came in the afternoon and brought the night along. Within an hour nothing could be seen beyond a doorstep, and a good many people were far from theirs. Somewhere out there they were calling, each from a different side."],
            ["No lamp would burn, but the bell was still there. So {hero} rang it, slowly, again and again: three strokes and a pause, to say here, and here, and here. Out of the dark came {afriend}, the first to follow the sound, and took hold of the rope as well.", "{hero} rang on and on, and then on. Guided by the sound, the first to arrive was {afriend}. “I can take a turn,” said {friend}, “if you know a song.” {hero} did. They sang and rang by turns, so that those outside would know it was no accident."],
            ["One by one they came in, wet and blinking, and counted one another, and counted again. By morning nobody was missing. The bell has a new rope now, and a roof, and a little bench. And when {hero} looks at the sky and frowns, all around {here} you can hear things being tied down.", "At dawn the wind let go, and everyone was there: cold, hungry, and accounted for. Nobody made a speech, but from that day on nobody ever walked past the bell without a nod. On calm evenings {hero} and {friend} still ring it once, softly, just to say that all is well."],
        ],
        [
            ["Behind the last house near {here} there was a piece of ground where nothing grew, and {hero} asked for it. The neighbors were glad to give it away. It held stones, a broken wheel, and, under the wheel, one seed that looked like nothing anyone knew.", "{hero} had been given a seed by someone who was only passing through. It was blue, and cold to the touch, and nobody around {here} could say what it would become. {hero} planted it in the worst corner of the ground, because that was the only corner there was."],
            ["All spring {hero} carried water, and nothing happened. All summer {hero} pulled weeds, which was at least something to pull. “It is only earth,” said the neighbors, meaning it kindly. Each evening {hero} answered that earth is never only earth, and went to fetch the can.", "Weeks went by, then months. {hero} watered, waited, and talked to the ground about the day's news, in case that helped. The neighbors smiled when they passed. There was not so much as a leaf, and the first frost was already in the air."],
            ["Then, one evening, {afriend} sat down beside the bare patch. “I think you have been looking at the wrong end,” said {friend}, and put an ear to the ground. {hero} did the same. Deep below there was a sound like someone humming: it had been growing downwards all along.", "That winter it was {afriend} who came by each day to help with the can. “I do not believe in it,” said {friend}, “but you do, and that is enough for the two of us.” And on the shortest day a thin blue shoot stood in the snow, as straight as a candle."],
            ["With the next spring it came up everywhere at once: between the stones, along the walls, right across to {here}. It had blue flowers that opened at dusk and gave a faint light. The neighbors came out to stand in it. “Only earth,” said {hero}, and everybody laughed, {friend} loudest of all.", "It became a tree that nobody could name, with wide branches and leaves that chimed a little. The neighbors hold their meetings under it now, and quarrel less than they used to. Asked for the secret, {hero} always says the same: water, patience, and {friend}."],
        ],
    ];

    /// <summary>Tells the story: paragraphs with an empty line between. System messages are ignored.</summary>
    public static string Tell(IEnumerable<ChatMessage> conversation, long? seed, float? temperature)
    {
        var messages = conversation.Where(message => message.Role == ChatRole.User || message.Role == ChatRole.Assistant).ToList();
        var prompts = messages.Where(message => message.Role == ChatRole.User).Select(message => Clean(message.Text)).Reverse().ToList();
        var key = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed} {temperature} {string.Join('\0', messages.Select(message => message.Text))}"));
        var random = new Random(BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(key)));

        var setting = Pick(Settings, random);
        var friend = Pick(Friends, random);
        var (opening, hero) = Open(prompts, setting.Place);
        var story = new StringBuilder(opening);
        var plots = Plots.OrderBy(_ => random.Next()).ToArray();
        var words = 0;
        var wanted = Words().Match(prompts.FirstOrDefault() ?? "") is { Success: true } match ? Math.Min(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), MaxWords) : 1;
        for (var chapter = 0; words < wanted; chapter++)
        {
            foreach (var wordings in plots[chapter % plots.Length])
            {
                var paragraph = Pick(wordings, random).Replace("{hero}", hero, StringComparison.Ordinal).Replace("{here}", setting.Here, StringComparison.Ordinal)
                    .Replace("{afriend}", friend, StringComparison.Ordinal).Replace("{friend}", friend[(friend.LastIndexOf(' ') + 1)..], StringComparison.Ordinal);
                story.Append(words == 0 ? " " : "\n\n").Append(paragraph);
                words += DemoTokenizer.Count(paragraph);
            }
        }

        return story.ToString();
    }

    // The first sentences, and whom the story is about: as the last prompt says, or else an earlier one.
    private static (string Opening, string Hero) Open(List<string> prompts, string place)
    {
        var prompt = prompts.FirstOrDefault() ?? "";
        var quote = prompt.Length == 0 ? "" : $"“{(prompt.Length <= MaxQuoteLength ? prompt : prompt[..MaxQuoteLength].TrimEnd(' ', ',', '.', '-') + "…")}” ";
        var subjects = prompts.Select(Subject).ToList();
        var named = subjects.FindIndex(subject => subject.Described.Length > 0);
        if (named < 0)
        {
            var invented = Names[prompt.Length % Names.Length];
            return ($"{quote}I am a script, not an AI, and stories are all I know, so here is one. It begins in {place}, with somebody named {invented}.", invented);
        }

        var (described, name) = subjects[named];
        var hero = name.Length > 0 ? name : Names[described.Length % Names.Length];
        return named > 0 ? ($"{quote}So the story of {hero} goes on. By then it had led to {place}.", hero)
            : name.Length > 0 ? ($"This is the story of {described}, and it begins in {place}.", hero)
            : ($"This is a story about {described}, and it begins in {place}. Its hero goes by the name of {hero}.", hero);
    }

    private static (string Described, string Name) Subject(string prompt)
    {
        var about = About().Match(prompt).Groups["subject"].Value.Trim();
        if (Named().Match(about.Length > 0 ? about : prompt) is { Success: true } named)
        {
            var name = named.Groups["name"].Value;
            name = char.ToUpperInvariant(name[0]) + name[1..];
            return ($"{named.Groups["kind"].Value}{(named.Groups["kind"].Length > 0 ? "named " : "")}{name}", name);
        }

        var proper = Proper().Match(about).Value;
        return proper.Length > 0 ? (about, proper) : Article().IsMatch(about) ? (about, "") : ("", "");
    }

    // Plain words on one line, without markup, control characters or stacks of combining marks.
    private static string Clean(string text)
    {
        var clean = new StringBuilder();
        var marks = 0;
        foreach (var rune in text.AsSpan(0, Math.Min(text.Length, MaxPromptLength)).EnumerateRunes())
        {
            // Letters beyond the basic plane are left out, so that text can be cut anywhere.
            marks = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark ? marks + 1 : 0;
            var isWord = (rune.IsBmp && Rune.IsLetterOrDigit(rune)) || marks is 1 or 2 || rune.Value is '\'' or '-' or ',' or '.' or '?' or '!';
            clean.Append(isWord ? rune.ToString() : marks > 0 || clean.Length == 0 || clean[^1] == ' ' ? "" : " ");
        }

        return clean.ToString().Trim();
    }

    private static T Pick<T>(T[] from, Random random) => from[random.Next(from.Length)];

    [GeneratedRegex(@"(?:\b(?<kind>(?i:an?|the|one|two|three)\s+(?:[\p{L}\p{M}\p{N}'-]+\s+){1,5}?))?\b(?i:named|called|namens|nommé|llamado)\s+(?<name>" + Name + ")", RegexOptions.NonBacktracking)]
    private static partial Regex Named();

    [GeneratedRegex(@"\b(?i:about|of)\s+(?<subject>[\p{L}\p{M}\p{N}' -]{1,80}?)(?:\s+in\s+\d.*|[,.?!].*)?$", RegexOptions.NonBacktracking)]
    private static partial Regex About();

    [GeneratedRegex(@"\p{Lu}[\p{L}\p{M}\p{N}'-]{0,30}", RegexOptions.NonBacktracking)]
    private static partial Regex Proper();

    [GeneratedRegex(@"^(?i:an?|the|one|two|three)\s", RegexOptions.NonBacktracking)]
    private static partial Regex Article();

    [GeneratedRegex(@"\b(\d{1,4})[ -](?i:words?)\b", RegexOptions.NonBacktracking)]
    private static partial Regex Words();
}
