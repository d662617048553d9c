using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Providers.OpenAI;

namespace AgnoAspire.Tests.Unit.Worker.Providers;

/// <summary>A provider's words about a failure are passed on as one short line without secrets.</summary>
public sealed class ProviderErrorMapperTests
{
    private const string Key = "verysecret-0123456789";
    private readonly ProviderErrorMapper errors = new("m", Key, TimeProvider.System);

    [Theory]
    [InlineData("The server had an error.", "The server had an error.")]
    [InlineData("\u001b[31mone\r\ntwo\u2028three\u202E  four\u0000", "[31mone two three four")]
    [InlineData("Key VERYSECRET-0123456789 or sk-abc***wxyz or Bearer abcdef.", "Key … or … or …")]
    [InlineData("", "")]
    public void Words_are_sanitized(string words, string expected)
    {
        var message = Message(words);

        Assert.Equal($"The provider of model 'm' reported an error{(expected.Length > 0 ? $": {expected}" : ".")}", message);
    }

    [Fact]
    public void Words_are_short_and_keep_characters_whole()
    {
        var message = Message(new string('x', 299) + "\U0001F916 and more");

        Assert.EndsWith("x…", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 300, 400);
    }

    [Theory]
    [InlineData("""{"error":{"message":"no","type":"insufficient_quota"}}""", false, false)]
    [InlineData("""{"error":{"message":"no","code":"context_length_exceeded"}}""", false, true)]
    [InlineData("""{"error":{"message":"no","code":500}}""", true, false)]
    public void Kind_of_an_error_decides_whose_fault_it_is(string body, bool transient, bool isCallerError)
    {
        var failure = errors.MapBody(Encoding.UTF8.GetBytes(body));

        Assert.Equal((ErrorCode.ProviderError, transient, isCallerError), (failure.Code, failure.Transient, failure.IsCallerError));
    }

    [Theory]
    [InlineData("<html>Welcome</html>")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"error":null}""")]
    [InlineData("")]
    public void Body_without_an_error_is_malformed(string body) => Assert.Equal(ErrorCode.ProviderMalformed, errors.MapBody(Encoding.UTF8.GetBytes(body)).Code);

    private string Message(string words) => errors.MapBody(JsonSerializer.SerializeToUtf8Bytes(new { error = new { message = words } })).Message;
}
