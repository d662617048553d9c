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

    [Theory]
    [InlineData("""{"messages":[{"role":"system","content":"12345"},{"role":"user","content":"1"}]}""", (4 + 2) + (4 + 1))]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"1234"},{"type":"image_url","image_url":{}},{"type":"file"}]}]}""", 4 + 1 + 2000)]
    [InlineData("""{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"12345"}]}]}""", 4 + 4)]
    [InlineData("""{"messages":[],"tools":["12345678"],"response_format":"12"}""", 3 + 1)]
    [InlineData("""{"messages":{"role":"user"}}""", 0)]
    public void Prompt_costs_its_messages_media_tool_calls_tools_and_format(string request, long tokens) => Assert.Equal(
        tokens, TokenEstimate.OfPrompt(ChatCompletion.Parse(Encoding.UTF8.GetBytes(request.Replace("{\"messages", "{\"model\":\"m\",\"messages", StringComparison.Ordinal)))));
}
