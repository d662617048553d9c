using System.Text.Json.Nodes;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Catalog;
using AgnoAspire.Worker.Providers.OpenAI;

namespace AgnoAspire.Tests.Unit.Worker.Providers;

/// <summary>The request that a provider gets: the caller's, but for the fields that are ours.</summary>
public sealed class OpenAIRequestTests
{
    [Fact]
    public void Fields_that_are_not_ours_keep_their_bytes_at_any_depth()
    {
        var written = Write("""
            {"model":"m","messages":[{"role":"user","content":"\u00e9 é","weight":1e3,"extra_content":{"a":[1.0,{"b":null}]}}],"top_k":1e3,
             "logit_bias":{"50256":-100},"stream":true,"chat_template_kwargs":{"enable_thinking":false, "x": "\u00e9"},"tool_choice":{"type":"custom"},"n":1}
            """);

        Assert.Contains("""{"role":"user","content":"\u00e9 é","weight":1e3,"extra_content":{"a":[1.0,{"b":null}]}}""", written, StringComparison.Ordinal);
        Assert.Contains("""
            "top_k":1e3
            """, written, StringComparison.Ordinal);
        Assert.Contains("""
            "chat_template_kwargs":{"enable_thinking":false, "x": "\u00e9"}
            """, written, StringComparison.Ordinal);
        AssertEqual("""
            {"model":"up","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"é é","weight":1e3,
             "extra_content":{"a":[1.0,{"b":null}]}}],"top_k":1e3,"logit_bias":{"50256":-100},
             "chat_template_kwargs":{"enable_thinking":false,"x":"é"},"tool_choice":{"type":"custom"},"n":1}
            """, written);
    }

    [Theory]
    [InlineData("Compatible", """{"max_tokens":9}""", """{"max_tokens":9}""")]
    [InlineData("Compatible", """{"max_completion_tokens":9}""", """{"max_tokens":9}""")]
    [InlineData("OpenAI", """{"max_tokens":9}""", """{"max_completion_tokens":9}""")]
    [InlineData("OpenAI", """{"max_tokens":9,"max_completion_tokens":8}""", """{"max_completion_tokens":8}""")]
    [InlineData("OpenAI", """{"max_tokens":null}""", "{}")]
    [InlineData("OpenAI", """{"stream":false,"stream_options":{"include_usage":false}}""", "{}")]
    public void Fields_that_are_ours_are_rewritten(string dialect, string sent, string expected) => AssertEqual(
        With("""{"model":"up","stream":true,"stream_options":{"include_usage":true},"messages":[]}""", expected),
        Write(With("""{"model":"m","messages":[]}""", sent), Enum.Parse<Dialect>(dialect)));

    [Fact]
    public void Usage_is_not_asked_for_where_that_is_refused() =>
        AssertEqual("""{"model":"up","stream":true,"messages":[]}""", Write("""{"model":"m","messages":[]}""", asksForUsage: false));

    [Fact]
    public void Developer_is_system_in_the_compatible_dialect_and_the_prefix_comes_last() => AssertEqual(
        """
        {"model":"up","stream":true,"stream_options":{"include_usage":true},"continue_final_message":true,"add_generation_prompt":false,
         "messages":[{"role":"system","name":"app","content":"Be kind."},{"role":"assistant","content":"讲"}]}
        """,
        Write("""{"model":"m","messages":[{"role":"developer","name":"app","content":"Be kind."}]}""", Dialect.Compatible, "讲"));

    [Theory]
    [InlineData("Compatible", null, """{"continue_final_message":true,"add_generation_prompt":false,"max_tokens":7}""", "")]
    [InlineData("Compatible", "Plain", """{"max_tokens":7}""", "")]
    [InlineData("Compatible", "MessagePrefix", """{"max_tokens":7}""", ""","prefix":true""")]
    [InlineData("OpenAI", null, """{"max_completion_tokens":7}""", "")]
    public void Prefix_asks_for_the_continuation_and_counts_as_generated(string dialect, string? format, string fields, string inMessage) => AssertEqual(
        With($$"""
            {"model":"up","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"assistant","content":"12345678"{{inMessage}}}]}
            """, fields),
        new OpenAIRequest(
            "up", Enum.Parse<Dialect>(dialect), new ProviderOptions { PrefixFormat = format is null ? null : Enum.Parse<PrefixFormat>(format) }).Write(
            ChatCompletion.Parse("""{"model":"m","messages":[],"max_tokens":9,"add_generation_prompt":true}"""u8.ToArray()), "12345678", true).ToString());

    [Fact]
    public void Settings_drop_and_replace_fields()
    {
        var provider = new ProviderOptions
        {
            Fields = { ["service_tier"] = "", ["seed"] = "", ["top_k"] = "20", ["tier"] = "flex", ["think"] = "False", ["kwargs"] = """{"a":[1]}""" },
        };

        AssertEqual(
            """{"model":"up","stream":true,"stream_options":{"include_usage":true},"messages":[],"top_k":20,"tier":"flex","think":false,"kwargs":{"a":[1]},"user":"u"}""",
            Write("""{"model":"m","messages":[],"service_tier":"auto","top_k":1,"user":"u"}""", provider: provider));
    }

    [Theory]
    [InlineData("""{"seed":1,"user":"u"}""", true, "seed")]
    [InlineData("""{"max_completion_tokens":9}""", true, "max_tokens")]
    [InlineData("""{"seed":1}""", false, "seed,stream_options")]
    [InlineData("""{"user":"u"}""", true, "")]
    public void Dropped_are_the_fields_of_the_caller_that_settings_name(string sent, bool asksForUsage, string expected)
    {
        var request = new OpenAIRequest("up", Dialect.Compatible, new ProviderOptions { Fields = { ["seed"] = "", ["max_tokens"] = "5" } });

        var dropped = request.Dropped(ChatCompletion.Parse(Encoding.UTF8.GetBytes(With("""{"model":"m","messages":[]}""", sent))), asksForUsage);

        Assert.Equal(expected, string.Join(',', dropped));
    }

    private static string Write(
        string sent, Dialect dialect = Dialect.OpenAI, string? prefix = null, bool asksForUsage = true, ProviderOptions? provider = null) =>
        new OpenAIRequest("up", dialect, provider ?? new ProviderOptions())
            .Write(ChatCompletion.Parse(Encoding.UTF8.GetBytes(sent)), prefix, asksForUsage).ToString();

    private static string With(string json, string fields)
    {
        var merged = JsonNode.Parse(json)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(fields)!.AsObject())
        {
            merged[name] = value?.DeepClone();
        }

        return merged.ToJsonString();
    }

    private static void AssertEqual(string expected, string written) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(written)), written);
}
