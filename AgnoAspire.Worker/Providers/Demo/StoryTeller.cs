using Microsoft.Extensions.AI;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>Writes a story of some 120 to 400 words for a conversation: about whom or what its last prompt names, or else the prompts before.</summary>
internal static class StoryTeller
{
    private const int MostLookedBack = 20;

    /// <summary>Writes the story.</summary>
    /// <param name="conversation">The messages.</param>
    /// <param name="choice">Draws the plot, the setting and the wordings.</param>
    /// <returns>The story: paragraphs with an empty line between.</returns>
    public static string Tell(IReadOnlyList<ChatMessage> conversation, StableChoice choice)
    {
        var prompts = conversation.Where(message => message.Role == ChatRole.User).Select(message => message.Text).Reverse().Take(MostLookedBack).ToList();
        var subject = SubjectReader.Read(prompts.FirstOrDefault() ?? string.Empty);
        var earlier = prompts.Skip(1).Select(SubjectReader.Read).FirstOrDefault(past => past.IsKnown);
        var goesOn = earlier is not null && (!subject.IsKnown || Mentions(prompts[0], earlier.Hero));
        var opening = StoryOpening.For(goesOn ? Continue(subject, earlier!) : subject, goesOn);

        var setting = choice.Pick(Setting.All);
        var friend = Friend(opening, choice);
        var body = choice.Pick(Plot.All).Paragraphs.Select(choice.Pick).ToList();
        var first = choice.Pick(opening.Beginnings);
        var last = opening.Endings.Count > 0 ? "\n\n" + choice.Pick(opening.Endings) : string.Empty;

        // The story's own slots first: what the prompt brings is put in afterwards and is not searched for slots.
        var told = (first + " " + string.Join("\n\n", body) + last)
            .Replace("{place}", setting.Place, StringComparison.Ordinal)
            .Replace("{here}", setting.Here, StringComparison.Ordinal)
            .Replace("{folk}", setting.Folk, StringComparison.Ordinal)
            .Replace("{Folk}", "T" + setting.Folk[1..], StringComparison.Ordinal);
        return opening.Fill(told, friend);
    }

    private static bool Mentions(string prompt, string? name) => name is not null && prompt.Contains(name, StringComparison.Ordinal);

    /// <summary>The earlier story's people stay; whoever the new prompt brings joins them.</summary>
    private static Subject Continue(Subject now, Subject earlier)
    {
        var joining = now.Hero == earlier.Hero ? null : now.Hero is { } name && now.Described is { } kind ? $"{kind} named {name}" : now.Hero ?? now.Described;
        return earlier with { Friend = joining ?? now.Friend ?? earlier.Friend, Quote = now.Quote };
    }

    /// <summary>Who comes along: as first met, and from then on.</summary>
    private static (string First, string Later) Friend(StoryOpening opening, StableChoice choice)
    {
        if (opening.Friend is { } friend)
        {
            return (friend, Later(friend));
        }

        var (name, kind) = choice.Pick([.. Cast.Friends.Where(one => one.Name != opening.Hero)]);
        return ($"{kind} called {name}", name);
    }

    private static string Later(string described)
    {
        if (described.IndexOf(" named ", StringComparison.Ordinal) is var at and > 0)
        {
            return described[(at + " named ".Length)..];
        }

        var words = described.Split(' ');
        return words[0] is "a" or "an" ? $"the {string.Join(' ', words.Skip(1).TakeWhile(word => word is not ("who" or "that" or "which" or "with" or "from")))}" : described;
    }
}
