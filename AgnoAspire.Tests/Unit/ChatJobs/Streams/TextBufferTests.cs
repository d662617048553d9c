using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.Tests.Unit.ChatJobs.Streams;

public sealed class TextBufferTests
{
    private const int MaxLength = 16 * 1024;

    private readonly TextBuffer buffer = new();

    [Fact]
    public void Empty_buffer_drains_empty()
    {
        Assert.Equal("", buffer.Drain(all: false));
        Assert.Equal("", buffer.Drain(all: true));
    }

    [Fact]
    public void Texts_are_joined_in_order_and_drained_once()
    {
        buffer.Add("Once ");
        buffer.Add("upon");

        Assert.Equal(9, buffer.Length);
        Assert.Equal("Once upon", buffer.Drain(all: false));
        Assert.Equal(0, buffer.Length);
        Assert.Equal("", buffer.Drain(all: true));
    }

    [Theory]
    [InlineData("ab👩", "ab", "👩")]
    [InlineData("ab👩\u200d", "ab", "👩\u200d")]
    [InlineData("ab❤", "ab", "❤")]
    [InlineData("ab❤\ufe0f", "ab", "❤\ufe0f")]
    [InlineData("ab🇩", "ab", "🇩")]
    [InlineData("👩", "", "👩")]
    [InlineData("größer", "größer", "")]
    [InlineData("日本", "日本", "")]
    public void Last_element_waits_if_more_could_join_it(string text, string drained, string kept)
    {
        buffer.Add(text);

        Assert.Equal(drained, buffer.Drain(all: false));
        Assert.Equal(kept, buffer.Drain(all: true));
    }

    [Fact]
    public void Surrogate_waits_for_its_other_half()
    {
        buffer.Add("ab\ud83d");
        Assert.Equal("ab", buffer.Drain(all: false));
        buffer.Add("\ude80c");

        Assert.Equal("🚀c", buffer.Drain(all: false));
    }

    [Fact]
    public void Emoji_that_arrives_in_parts_is_drained_as_one()
    {
        buffer.Add("hi 👩\u200d");
        Assert.Equal("hi ", buffer.Drain(all: false));
        buffer.Add("🚀 ");

        Assert.Equal("👩\u200d🚀 ", buffer.Drain(all: false));
    }

    [Fact]
    public void Long_text_is_cut_between_elements()
    {
        var text = new string('x', MaxLength - 1) + "👩\u200d🚀" + new string('y', 10);
        buffer.Add(text);

        var first = buffer.Drain(all: true);
        var second = buffer.Drain(all: true);

        Assert.Equal(new string('x', MaxLength - 1), first);
        Assert.Equal(text, first + second);
        Assert.Equal("", buffer.Drain(all: true));
    }

    [Fact]
    public void Element_longer_than_a_chunk_is_cut_between_code_points()
    {
        var text = "x" + string.Concat(Enumerable.Repeat("\u200d👩", MaxLength));
        buffer.Add(text);
        var drained = new List<string>();
        while (buffer.Length > 0)
        {
            drained.Add(buffer.Drain(all: true));
        }

        Assert.Equal(text, string.Concat(drained));
        Assert.All(drained, part => Assert.InRange(part.Length, 1, MaxLength));
        Assert.All(drained, part => new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(part));
    }
}
