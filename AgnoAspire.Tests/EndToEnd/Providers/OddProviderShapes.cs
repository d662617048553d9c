using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Tests.EndToEnd.Providers;

/// <summary>Answers of other servers, odd answers, and failures.</summary>
public static class OddProviderShapes
{
    private const string Usage = """{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}""";
    private const string Hi = """{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}""";

    public static IReadOnlyList<ProviderShape> Answers { get; } =
    [
        new("LiteLLM", "null counts, `role: null`, an empty usage after the real one", """
            {"choices":[{"index":0,"delta":{"role":null,"content":"Hi","provider_specific_fields":null}}],"citations":null}
            {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}
            {"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":null,"prompt_tokens_details":null}}
            {"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}
            """)
        { Text = "Hi", Usage = Usage },
        new("TGI", "one call as an object, its arguments as an object, `eos_token`", """
            {"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":{"index":0,"id":"","type":"function","function":{"name":"f","arguments":{"q":1}}}},"finish_reason":"eos_token"}]}
            """)
        { Calls = """f({"q":1})""", Finish = "tool_calls", ProviderFinish = "eos_token" },
        new("SGLang", "`matched_stop`, empty finish reasons", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi","reasoning_content":null,"tool_calls":null},"finish_reason":"","matched_stop":null}],"usage":null}
            {"choices":[{"index":0,"delta":{},"finish_reason":"stop","matched_stop":2}]}
            """)
        { Text = "Hi" },
        new("Moonshot (Kimi)", "usage inside the choice", """
            {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop","usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}]}
            """)
        { Text = "Hi", Usage = Usage },
        new("Zhipu (GLM)", "finish reason `sensitive`", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":"sensitive"}]}
            """)
        { Text = "Hi", Finish = "content_filter", ProviderFinish = "sensitive" },
        new("Servers that do not stream", "a whole answer as JSON", """
             {"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","reasoning_content":"Hm","tool_calls":[{"id":"call_a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
             "usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}
            """)
        { Text = "Hi", Reasoning = "Hm", Calls = "f({})", Finish = "tool_calls", Usage = Usage, ContentType = "application/json" },
        new("Servers before tools", "`function_call`", """
            {"choices":[{"index":0,"delta":{"function_call":{"name":"f","arguments":"{"}},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"function_call":{"arguments":"}"}},"finish_reason":"function_call"}]}
            """)
        { Calls = "f({})", Finish = "tool_calls", ProviderFinish = "function_call" },
        new("Odd fields", "`created` as text, `role` as number, several choices, unknown fields", """
            {"id":5,"object":null,"created":"2025-01-01T00:00:00Z","model":null,"choices":[{"index":1,"delta":{"content":"No"},"finish_reason":"stop"},{"index":0,"delta":{"role":5,"content":"Hi","audio":null},"finish_reason":null}],"x":{"y":[1]}}
            {"choices":null}
            {"choices":[{"index":0,"delta":null,"finish_reason":"weird"}]}
            """)
        { Text = "Hi", ProviderFinish = "weird", Missing = "choices other than the first" },
        new("Odd events", "`data: null`, empty data, no space after the colon, no blank line at the end", """
            data:

            data: null

            data:{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}

            data:{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}
            """)
        { Text = "Hi" },
        new("Errors after the end", "an error after the finish reason", Hi + """

            {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}
            {"error":{"message":"Too late"}}
            """)
        { Text = "Hi" },
    ];

    public static IReadOnlyList<ProviderShape> Failures { get; } =
    [
        new("DeepSeek (overloaded)", "finish reason `insufficient_system_resource`", Hi + """

            {"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]}
            """)
        { Text = "Hi", Error = (ErrorCode.ProviderError, "insufficient_system_resource") },
        new("OpenRouter (error in the choice)", "an error inside `choices[0]`", Hi + """

            {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"Upstream exploded"}}]}
            """)
        { Text = "Hi", Error = (ErrorCode.ProviderError, "Upstream exploded") },
        new("OpenRouter (error beside the choice)", "an error beside a choice with `finish_reason: error`", Hi + """

            {"error":{"code":"server_error","message":"Provider disconnected"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}
            """)
        { Text = "Hi", Error = (ErrorCode.ProviderError, "Provider disconnected") },
        new("LM Studio (error event)", "`event: error`", Hi + """

            event: error
            data: {"error":{"message":"Model unloaded"},"message":"Model unloaded"}
            """)
        { Text = "Hi", Error = (ErrorCode.ProviderError, "Model unloaded") },
        new("Proxies (plain text event)", "`event: error` with plain text", """
            event: error
            data: out of memory
            """)
        { Error = (ErrorCode.ProviderError, "out of memory") },
        new("Error as a string", "`{\"error\":\"…\"}` in the stream", """{"error":"model crashed"}""") { Error = (ErrorCode.ProviderError, "model crashed") },
        new("vLLM (error object)", "`object: error`", """{"object":"error","message":"engine died","code":500}""") { Error = (ErrorCode.ProviderError, "engine died") },
        new("MiniMax", "status 200 with `base_resp`", """ {"base_resp":{"status_code":1008,"status_msg":"insufficient balance"},"choices":null}""")
        { Error = (ErrorCode.ProviderError, "insufficient balance"), ContentType = "application/json" },
        new("Gemini (error)", "status 400, the error in an array", """ [{"error":{"code":400,"message":"Unknown name","status":"INVALID_ARGUMENT"}}]""")
        { Error = (ErrorCode.ProviderRejected, "Unknown name"), Status = 400, ContentType = "application/json" },
        new("FastAPI servers", "status 422, a list of details", """ {"detail":[{"loc":["body","messages"],"msg":"field required","type":"missing"}]}""")
        { Error = (ErrorCode.ProviderRejected, "field required"), Status = 422, ContentType = "application/json" },
        new("Payment required", "status 402, a nested error", """ {"error":{"message":{"detail":"no credit left"}}}""")
        { Error = (ErrorCode.ProviderRejected, "no credit left"), Status = 402, ContentType = "application/json" },
        new("Plain text errors", "status 503, plain text", " queue is full") { Error = (ErrorCode.ProviderUnavailable, "queue is full"), Status = 503, ContentType = "text/plain" },
        new("Web pages", "status 200, an HTML page", " <html><body>Login</body></html>")
        { Error = (ErrorCode.ProviderMalformed, "not an event stream"), ContentType = "text/html", Missing = "words of the page: they are for browsers" },
        new("Broken off", "no finish reason", Hi) { Text = "Hi", Error = (ErrorCode.ProviderClosed, "before the answer was finished") },
    ];
}
