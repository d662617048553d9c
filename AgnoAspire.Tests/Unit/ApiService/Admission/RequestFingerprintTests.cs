using AgnoAspire.ApiService.Admission;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.Tests.Unit.ApiService.Admission;

/// <summary>Which requests count as the same.</summary>
public sealed class RequestFingerprintTests
{
    private const string Request = """{"model":"m","messages":[{"role":"user","content":"é/"}],"metadata":{"a":["b","c"],"d":1}}""";

    [Theory]
    [InlineData("""{ "messages" : [ {"content":"é/","role":"user"} ], "metadata":{"d":1,"a":["b","c"]}, "model":"m" }""")]
    [InlineData("""{"model":"\u006d","messages":[{"role":"user","content":"\u00e9\/"}],"metadata":{"\u0061":["b","c"],"d":1}}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"é/"}],"metadata":{"a":["b","c"],"d":1},"stream":true,"stream_options":{}}""")]
    public void Order_spelling_and_delivery_do_not_matter(string other) => Assert.Equal(Of(Request), Of(other));

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"é"}],"metadata":{"a":["b","c"],"d":1}}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"é/"}],"metadata":{"a":["c","b"],"d":1}}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"é/"}],"metadata":{"a":["bc"],"d":1}}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"é/"}],"metadata":{"a":["b","c"],"d":"1"}}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"é/"}],"metadata":{"a":["b","c"],"d":1},"top_k":null}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"é/"}],"metadata":{"a":["b","c"],"d":1,"stream":true}}""")]
    public void Content_matters(string other) => Assert.NotEqual(Of(Request), Of(other));

    [Fact]
    public void Policy_matters() => Assert.NotEqual(Of(Request), Of(Request, DisconnectPolicy.Continue));

    private static string Of(string json, DisconnectPolicy policy = DisconnectPolicy.Cancel) =>
        RequestFingerprint.Of(ChatCompletion.Parse(Encoding.UTF8.GetBytes(json)), policy);
}
