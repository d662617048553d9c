using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Inference;
using AgnoAspire.Worker.Processing;

namespace AgnoAspire.Tests.Unit.Worker.Processing;

/// <summary>A regenerated answer is verified against the text already sent, however it is cut.</summary>
public sealed class ReplayVerifierTests
{
    [Fact]
    public void Rest_passes_however_the_answer_is_cut()
    {
        const string Answer = "Once upon a time.";
        for (var cut = 0; cut <= Answer.Length; cut++)
        {
            var verifier = new ReplayVerifier("Once upon");
            var rest = verifier.Accept(Answer[..cut]) + verifier.Accept(Answer[cut..]);

            Assert.Equal((" a time.", true), (rest, verifier.IsComplete));
        }
    }

    [Fact]
    public void Answer_is_incomplete_until_all_of_the_text_was_repeated()
    {
        var verifier = new ReplayVerifier("Once");

        Assert.Equal(("", false), (verifier.Accept("Onc"), verifier.IsComplete));
        Assert.Equal(("", true), (verifier.Accept("e"), verifier.IsComplete));
        Assert.True(new ReplayVerifier("").IsComplete);
    }

    [Fact]
    public void Reasoning_is_skipped_by_its_length_and_not_before_the_text_is_repeated()
    {
        var verifier = new ReplayVerifier("", 4);
        Assert.Equal(("", "lse", "more"), (verifier.Skip("So"), verifier.Skip("mElse"), verifier.Skip("more")));

        Assert.Equal("b", new ReplayVerifier("", 1).Skip("😀b"));
        Assert.Equal("", new ReplayVerifier("Once").Skip("thoughts"));
    }

    [Theory]
    [InlineData("once")]
    [InlineData("Once more")]
    public void Different_text_is_an_error(string text) =>
        Assert.Equal(ErrorCode.ReplayDiverged, Assert.Throws<InferenceException>(() => new ReplayVerifier("Once upon").Accept(text)).Code);
}
