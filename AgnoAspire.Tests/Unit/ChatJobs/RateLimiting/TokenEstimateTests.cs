using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.RateLimiting;

namespace AgnoAspire.Tests.Unit.ChatJobs.RateLimiting;

public sealed class TokenEstimateTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(4_000_000_000, 1_000_000_000)]
    public void Text_costs_a_token_per_four_characters(long characters, long tokens) => Assert.Equal(tokens, TokenEstimate.OfText(characters));

    [Fact]
    public void Prompt_costs_its_messages() =>
        Assert.Equal((4 + 2) + (4 + 1), TokenEstimate.OfPrompt(Prompt([new Message(MessageRole.System, "12345"), new Message(MessageRole.User, "1")])));

    [Fact]
    public void Prompt_costs_images_tool_calls_tools_and_format()
    {
        var message = new Message(MessageRole.User, "")
        {
            Parts = [new ContentPart(ContentPart.TextType, "1234", null), new ContentPart(ContentPart.ImageType, null, new ImageUrl("https://example.com/1.png", null))],
            ToolCalls = [new ToolCall { Function = new FunctionCall("weather", "{\"city\":1}") }],
        };
        var prompt = Prompt([message]) with
        {
            Tools = JsonSerializer.SerializeToElement(new[] { "12345678" }),
            ResponseFormat = JsonSerializer.SerializeToElement("12"),
        };

        Assert.Equal(4 + 1000 + (3 + 4) + 3 + 1, TokenEstimate.OfPrompt(prompt));
    }

    private static ChatCompletion Prompt(Message[] messages) => new() { Model = "demo", Messages = messages };
}
