namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>The plots' words.</summary>
internal static class Plots
{
    /// <summary>Something everybody relied on falls silent.</summary>
    public static readonly Plot Clock = new(
    [
        [
            "{hero} had one duty there: to wind the old clock above {here} every morning, so that {folk} knew when to open their shutters. It was a small duty, but {hero} was proud of it and had never once been late.",
            "Every morning, while {folk} were still asleep, {hero} climbed the tower near {here} and wound the old clock. Nobody had asked for it in years. {hero} did it all the same, because a thing worth starting is a thing worth keeping up.",
        ],
        [
            "Then came the morning when the clock would not go. The key turned, the springs sighed, and the hands stayed where they were. Doors opened too early or too late, bread burned, and by noon the whole of the place had lost its rhythm.",
            "One morning the key turned without a sound, and the hands did not move. {Folk} waited for the chime that told them to begin, and waited, and began nothing at all. It is strange how loud a silent clock can be.",
        ],
        [
            "{hero} took the clock apart, wheel by wheel, and laid the pieces in a long row. The one who came to help was {afriend}, who knew nothing about clocks and asked about everything. It was the ninth question that did it. “What is that feather doing there?” said {friend}. Behind the largest wheel, a swallow had built her nest.",
            "All day {hero} searched the wheels for a fault and found none. At dusk there came a knock, and in the doorway stood {afriend}, holding up a lamp. In that new light {hero} saw it at last: behind the largest wheel sat a swallow on four speckled eggs, looking back without the least alarm.",
        ],
        [
            "They could have moved the nest. Instead {hero} stood near {here} for three weeks and rang the hours by hand, with {friend} keeping count. When the young swallows flew, the clock was wound again, and it has kept good time ever since, except for three weeks in spring, when nobody minds.",
            "So the clock stayed still until the eggs had hatched, and each hour {hero} and {friend} walked around {here} and told everyone the time in person. {Folk} had never talked to one another so much. When the clock finally struck again, some of them were almost sorry.",
        ],
    ]);

    /// <summary>Something has to be carried a long way.</summary>
    public static readonly Plot Letter = new(
    [
        [
            "One evening {hero} found a letter under the door. It had no stamp and no sender, and the address said only: to the one who is waiting on the other side of the hills. {Folk} shook their heads over it. {hero} put on a coat with deep pockets.",
            "The letter had been lying near {here} for as long as anyone could remember, addressed to the one who is waiting on the other side of the hills. {Folk} had always meant to send it on. One evening {hero} looked at it once more and thought: then it will have to be me.",
        ],
        [
            "The road was longer than it looked. It led through a wood where the path changed its mind at every stone, and over a stream that had been a bridge the day before. On the second night the rain got into everything except the pocket where the letter was.",
            "The first day was easy, and the second was not. The map ended where the hills began, so {hero} went on by the stars, and when clouds came, by the sound of water. More than once the right way turned out to be the one that looked least like a way.",
        ],
        [
            "At the foot of the last hill sat {afriend}, with a sore foot and half a loaf of bread. They shared both troubles: {hero} carried the bag, and {friend} knew the shortcut. Talking made the hill lower, as talking often does, and at the top they saw a single lighted window.",
            "On the third day {hero} was ready to turn back, and would have, if {afriend} had not come along the path just then. “It is not far,” said {friend}, who had no idea how far it was. It was exactly what was needed. They went on together, and when it grew dark they saw, far off, a lighted window.",
        ],
        [
            "The old woman behind the window read the letter twice and laughed until she had to sit down. It was an invitation to a dance, forty years late. “Well,” she said, “are they still dancing?” {hero} thought of {here} in the evening light. “We can be,” said {hero}. And that autumn they were.",
            "In the house beyond the hills an old man opened the letter with careful hands. “It says that I am forgiven,” he said, “and that I should come home.” So the way back was made by three: the old man, {friend}, and {hero}, who showed them both how {here} looks when one has been away for long.",
        ],
    ]);

    /// <summary>Somebody new arrives.</summary>
    public static readonly Plot Stranger = new(
    [
        [
            "Life around {here} was orderly, and {hero} liked it so. There was a time for work and a time for tea, and everybody knew everybody's footsteps. That is why, one windy night, {hero} sat up at once: those footsteps on the stairs were nobody's.",
            "Nothing much ever happened around {here}, and {hero} had grown fond of that. Each evening ended with the same greeting from the same neighbours. Then, on a night of wind and loose shutters, there was a knock in a rhythm that {hero} had never heard before.",
        ],
        [
            "Outside stood {afriend}, wet through, with a bag in tow, and asked for nothing but a dry corner. By morning the whole place was talking. Some of {folk} said that strangers bring bad weather. {hero} pointed out that the weather had come first, and put on more tea.",
            "In the rain stood {afriend}, with a bag that clinked and a smile that was mostly tired. {Folk} looked through their curtains and decided to be careful. {hero} decided to be kind, which is quicker, and cleared a chair by the stove.",
        ],
        [
            "In the bag there were jars, and in each jar was a colour: the green of a far sea, the red of a fair, a blue that had no name. “I paint what is missing,” said {friend}, “but I never know what it is until I have looked for a while.” So {hero} showed {friend} every corner there was.",
            "It turned out that {friend} collected small sounds: a gate, a kettle, rain on three kinds of roof. “Every place has one that it has forgotten,” said {friend}. For a week the two went listening around {here}, and {hero} began to hear how much there was in a day.",
        ],
        [
            "On the last day {friend} was gone as quietly as could be, and so was the plainness of things. Over every door near {here} there was a little sign of welcome, each one different. {Folk} grew so used to looking up that they began to greet strangers too. {hero} still keeps a dry corner, just in case.",
            "When {friend} left in spring, {folk} found that they did not wish to be careful any more. They set out a bench near {here} for anyone who might come by. {hero} sits there most evenings, and there is always room for one more.",
        ],
    ]);

    /// <summary>Something is built, and does not work, and then does.</summary>
    public static readonly Plot Invention = new(
    [
        [
            "{hero} wanted to build a machine that could catch the morning. {Folk} asked what it would be good for. “For later,” said {hero}, “when it is dark.” It seemed a reasonable answer, so they brought what they could spare: a funnel, some wire, and eleven umbrellas.",
            "In a shed near {here}, {hero} was building something out of mirrors, kettles and bicycle parts. “It will keep a little of the daylight,” {hero} explained to anyone who asked. {Folk} were polite about it, and the more curious of them came by twice.",
        ],
        [
            "The first machine hummed and did nothing else. The second caught a cold draught and a surprised moth. The third came apart with a noise that was heard all around {here}, and a wheel of it rolled downhill and was never seen again. {hero} swept up and sat down on the step.",
            "It did not work. It did not work in spring, when it only whistled, nor in summer, when it boiled. In autumn it went off like a firework, and {folk} came running with buckets. {hero} thanked them all and then sat for a long time among the pieces.",
        ],
        [
            "There {hero} was found by {afriend}, who picked up one bent mirror and turned it this way and that. “You have been trying to hold it,” said {friend}. “What if you only passed it on?” {hero} looked at the mirror, then at the hill, then at the windows far below.",
            "The only one who came to help was {afriend}. They sorted the pieces into those that were broken and those that only looked it. “Why does it have to be one machine?” asked {friend}, holding a mirror up to the last of the sun. A spot of gold ran across the wall, and {hero} jumped up.",
        ],
        [
            "By midwinter there was a mirror on every roof, each one turned towards the next. At dawn the first light fell on the topmost, and leapt from roof to roof until it reached even the darkest lane around {here}. It kept nothing and it wasted nothing. {hero} said it was the best mistake of all.",
            "They gave a mirror to each house. On the shortest day of the year, the sun came up for a moment behind the hills, and {hero} caught it and sent it on, and {friend} sent it further, and so did {folk}, until everything around {here} was bright. It was not much, but it was daylight, and it had been saved for later.",
        ],
    ]);

    /// <summary>Bad weather, and a way home.</summary>
    public static readonly Plot Storm = new(
    [
        [
            "{hero} knew the weather the way others know a neighbour: by small habits. When the gulls walked and the smoke lay flat, {hero} would ring the old bell near {here} and tell everyone to tie things down. Mostly {folk} did, and mostly it was for nothing, and they laughed about it together.",
            "There was a bell near {here} that was rung when a storm was coming, and the ringing of it had fallen to {hero}. In six years there had been no storm at all. {Folk} hung their washing on the rope. {hero} took it down each evening, folded it, and tested the bell.",
        ],
        [
            "Then the wind came from the wrong side. It took the lamps first, then the signs, then the road itself, and half of {folk} were still outside when the dark closed over them. Nobody could see a hand held up in front of their eyes.",
            "The storm, when it came, came in the afternoon and brought the night along. Within an hour nothing could be seen beyond a doorstep, and a good many of {folk} were far from theirs. Somewhere out there people were calling, each from a different side.",
        ],
        [
            "{hero} had no lamp that would burn, but the bell was still there. So {hero} rang it, slowly, again and again: three strokes and a pause, to say here, and here, and here. Out of the dark came {afriend}, the first to follow the sound, and took hold of the rope as well.",
            "{hero} rang until both arms ached, and then went on. Guided by the sound, the first to arrive was {afriend}. “I can take a turn,” said {friend}, “if you know a song.” {hero} did. They sang and rang by turns, so that those outside would know it was no accident.",
        ],
        [
            "One by one they came in, wet and blinking, and counted one another, and counted again. By morning nobody was missing. The bell has a new rope now, and a roof, and a little bench. And when {hero} looks at the sky and frowns, all around {here} you can hear things being tied down.",
            "At dawn the wind let go, and everyone was there: cold, hungry, and accounted for. {Folk} did not make speeches, but from that day on nobody ever walked past the bell without a nod. On calm evenings {hero} and {friend} still ring it once, softly, just to say that all is well.",
        ],
    ]);

    /// <summary>Something grows slowly.</summary>
    public static readonly Plot Garden = new(
    [
        [
            "Behind the last house near {here} there was a piece of ground where nothing grew, and {hero} asked whether it might be had. {Folk} were glad to give it away. It held stones, a broken wheel, and, under the wheel, one seed that looked like nothing anyone knew.",
            "{hero} had been given a seed by someone who was only passing through. It was blue, and cold to the touch, and nobody around {here} could say what it would become. {hero} planted it in the worst corner of the ground, because that was the only corner there was.",
        ],
        [
            "All spring {hero} carried water, and nothing happened. All summer {hero} pulled weeds, which was at least something to pull. “It is only earth,” said {folk}, meaning it kindly. Each evening {hero} answered that earth is never only earth, and went to fetch the can.",
            "Weeks went by, then months. {hero} watered, waited, and talked to the ground about the day's news, in case that helped. {Folk} smiled when they passed. There was not so much as a leaf, and the first frost was already in the air.",
        ],
        [
            "The one who finally sat down beside the bare patch was {afriend}. “I think you have been looking at the wrong end,” said {friend}, and put an ear to the ground. {hero} did the same. Deep below there was a sound like someone humming: it had been growing downwards all along.",
            "When {hero} fell ill that winter, it was {afriend} who came by each day with the can. “I do not believe in it,” said {friend}, “but you do, and that is enough for the two of us.” When {hero} was well enough to walk there, a thin blue shoot stood in the snow, as straight as a candle.",
        ],
        [
            "With the next spring it came up everywhere at once: between the stones, along the walls, right across to {here}. It had blue flowers that opened at dusk and gave a faint light. {Folk} came out to stand in it. “Only earth,” said {hero}, and everybody laughed, {friend} loudest of all.",
            "It became a tree that nobody could name, with wide branches and leaves that chimed a little. {Folk} hold their meetings under it now, and quarrel less than they used to. Asked for the secret, {hero} always says the same: water, patience, and {friend}.",
        ],
    ]);
}
