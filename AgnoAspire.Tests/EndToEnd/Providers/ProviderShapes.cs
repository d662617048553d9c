namespace AgnoAspire.Tests.EndToEnd.Providers;

/// <summary>
/// What a kind of provider sends, and what must arrive of it. A line of the wire is the data of one event; lines that start with a colon, or with
/// <c>event:</c>, <c>data:</c> or a space, are sent as they are. A call is <c>name(arguments)</c>, with its other fields behind it.
/// </summary>
public sealed record ProviderShape(string Family, string Sends, string Wire)
{
    public string Text { get; init; } = "";

    public string Reasoning { get; init; } = "";

    public string Calls { get; init; } = "";

    public string Finish { get; init; } = "stop";

    public string? ProviderFinish { get; init; }

    /// <summary>Gets the usage as JSON; <see langword="null"/> for an estimate.</summary>
    public string? Usage { get; init; }

    /// <summary>Gets the error code and the words that must be in its message.</summary>
    public (string Code, string Words)? Error { get; init; }

    public int Status { get; init; } = 200;

    public string ContentType { get; init; } = "text/event-stream";

    public bool RefusesStreamOptions { get; init; }

    /// <summary>Gets what does not arrive, and why.</summary>
    public string Missing { get; init; } = "";
}

/// <summary>Answers of OpenAI-compatible providers, as their documentation and public bug reports show them.</summary>
public static class ProviderShapes
{
    private const string Usage = """{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}""";

    public static IReadOnlyList<ProviderShape> All { get; } =
    [
        new("OpenAI", "role and `refusal: null` first, usage with details last", """
            {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt","service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x"}
            {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}
            {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}
            {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}}
            """)
        { Text = "Hi", Usage = """{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}""" },
        new("Azure OpenAI", "`prompt_filter_results` with empty `choices` and `model`, filter results in choices", """
            {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false}}}]}
            {"choices":[{"index":0,"content_filter_results":{"hate":{"filtered":false}},"delta":{"content":"Hi"},"finish_reason":null}]}
            {"choices":[{"index":0,"content_filter_offsets":{"check_offset":1},"finish_reason":null}]}
            {"choices":[{"index":0,"content_filter_results":{},"delta":{},"finish_reason":"content_filter"}]}
            """)
        { Text = "Hi", Finish = "content_filter", Missing = "filter results: not part of OpenAI's answer" },
        new("Mistral", "usage with the finish reason", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"model_length"}],"usage":{"prompt_tokens":7,"total_tokens":11,"completion_tokens":4}}
            """)
        { Text = "Hi", Finish = "length", ProviderFinish = "model_length", Usage = Usage },
        new("Mistral (Magistral)", "content as parts of the types `thinking` and `text`", """
            {"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"Hi"},{"type":"reference","reference_ids":[1]}]},"finish_reason":"stop"}]}
            """)
        { Text = "Hi", Reasoning = "Hm", Missing = "parts of other types, such as references: `content` is a text" },
        new("Mistral (older), older gateways", "refuses `stream_options` with 422", """
            {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}
            """)
        { Text = "Hi", RefusesStreamOptions = true, Missing = "usage of that server: it is estimated" },
        new("Ollama", "parallel calls, whole, all with index 0", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":"","tool_calls":[{"id":"call_a","index":0,"type":"function","function":{"name":"f","arguments":"{\"q\":1}"}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"tool_calls":[{"id":"call_b","index":0,"type":"function","function":{"name":"f","arguments":"{\"q\":2}"}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"tool_calls"}]}
            """)
        { Calls = """f({"q":1}) f({"q":2})""", Finish = "tool_calls" },
        new("Ollama (thinking)", "`reasoning` beside an empty content", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Hm"},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}
            """)
        { Text = "Hi", Reasoning = "Hm" },
        new("Gemini", "parallel calls without distinct index, `thought_signature`, finish reason `stop`", """
            {"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_a","type":"function","extra_content":{"google":{"thought_signature":"sig"}},"function":{"name":"f","arguments":"{\"q\":1}"}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_b","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":20}}
            """)
        { Calls = """f({"q":1})+{"google":{"thought_signature":"sig"}} g({})""", Finish = "tool_calls", ProviderFinish = "stop", Usage = """{"prompt_tokens":7,"completion_tokens":4,"total_tokens":20}""" },
        new("Gemini (older)", "calls without id and index", """
            {"choices":[{"index":0,"delta":{"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}},{"type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"STOP"}]}
            """)
        { Calls = "f({}) f({})", Finish = "tool_calls", ProviderFinish = "STOP" },
        new("vLLM", "`reasoning_content`, a call in deltas, usage in every event", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":7,"completion_tokens":0,"total_tokens":7}}
            {"choices":[{"index":0,"delta":{"reasoning_content":"Hm"},"finish_reason":null}],"usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":8}}
            {"choices":[{"index":0,"delta":{"tool_calls":[{"id":"call_a","type":"function","index":0,"function":{"name":"f"}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"q\""}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","stop_reason":151645}]}
            {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}
            """)
        { Reasoning = "Hm", Calls = """f({"q":1})""", Finish = "tool_calls", ProviderFinish = "stop", Usage = Usage },
        new("llama.cpp", "`timings`, `content: null`", """
            {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1,"system_fingerprint":"b1"}
            {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Hi"}}]}
            {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"usage":{"completion_tokens":4,"prompt_tokens":7,"total_tokens":11},"timings":{"prompt_ms":1.5}}
            """)
        { Text = "Hi", Usage = Usage, Missing = "timings" },
        new("DeepSeek", "`reasoning_content` beside `content: null`, its own cache counts", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":"Hm"},"logprobs":null,"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"content":"Hi","reasoning_content":null},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"prompt_cache_hit_tokens":5}}
            """)
        { Text = "Hi", Reasoning = "Hm", Usage = """{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"prompt_cache_hit_tokens":5}""" },
        new("OpenRouter", "comments, `reasoning` and `reasoning_details`, cost", """
            : OPENROUTER PROCESSING
            {"provider":"X","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm","format":"x","index":0}]},"finish_reason":null,"native_finish_reason":null}]}
            : OPENROUTER PROCESSING
            {"choices":[{"index":0,"delta":{"content":"Hi","reasoning":null},"finish_reason":"stop","native_finish_reason":"end_turn"}]}
            {"choices":[{"index":0,"delta":{"content":""},"finish_reason":null}],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"cost":0.01}}
            """)
        { Text = "Hi", Reasoning = "Hm", Usage = """{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"cost":0.01}""", Missing = "encrypted or signed `reasoning_details`: reasoning is a text" },
        new("OpenRouter (summaries)", "only `reasoning_details`", """
            {"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.summary","summary":"Hm"},{"type":"reasoning.encrypted","data":"x"}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"content":"Hi","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},"finish_reason":"stop"}]}
            """)
        { Text = "Hi", Reasoning = "Hm", Missing = "images: a stream has text, reasoning and calls" },
        new("Groq", "usage in `x_groq`", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}],"x_groq":{"id":"req_1"}}
            {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"queue_time":0.1,"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}}
            """)
        { Text = "Hi", Usage = """{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"queue_time":0.1}""" },
        new("Together", "the text twice, finish reason `eos`", """
            {"choices":[{"index":0,"text":"Hi","seed":1,"delta":{"token_id":1,"role":"assistant","content":"Hi","tool_calls":null},"finish_reason":null}],"usage":null}
            {"choices":[{"index":0,"text":"","delta":{"content":""},"finish_reason":"eos"}],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}
            """)
        { Text = "Hi", ProviderFinish = "eos", Usage = Usage },
        new("Fireworks", "parallel calls in deltas, interleaved", """
            {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"q\""}},{"index":1,"id":"call_b","type":"function","function":{"name":"g","arguments":""}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}},{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"perf_metrics":null}
            """)
        { Calls = """f({"q":1}) g({})""", Finish = "tool_calls" },
        new("LM Studio", "a call whose id and name come in turn", """
            {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function"}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{"}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","function":{"name":"f","arguments":"}"}}]},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}
            """)
        { Calls = "f({})", Finish = "tool_calls" },
        new("Anthropic behind a gateway", "`end_turn`, `input_tokens` and `output_tokens`", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}
            {"choices":[{"index":0,"delta":{},"finish_reason":"end_turn"}],"usage":{"input_tokens":7,"output_tokens":4}}
            """)
        { Text = "Hi", ProviderFinish = "end_turn", Usage = """{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"input_tokens":7,"output_tokens":4}""" },
        new("Cohere", "finish reason `MAX_TOKENS`, `index: null`", """
            {"choices":[{"index":null,"delta":{"content":"Hi"},"finish_reason":null}]}
            {"choices":[{"index":null,"delta":{},"finish_reason":"MAX_TOKENS"}],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}
            """)
        { Text = "Hi", Finish = "length", ProviderFinish = "MAX_TOKENS", Usage = Usage },
        new("xAI", "reasoning, then a whole call with the finish reason", """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":"Hm"}}]}
            {"choices":[{"index":0,"delta":{"tool_calls":[{"id":"call_a","function":{"name":"f","arguments":"{}"},"index":0,"type":"function"}]},"finish_reason":"tool_calls"}]}
            {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"num_sources_used":0}}
            """)
        { Reasoning = "Hm", Calls = "f({})", Finish = "tool_calls", Usage = """{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"num_sources_used":0}""" },
        new("Perplexity", "the whole message so far beside each delta, citations", """
            {"citations":["https://example.com"],"choices":[{"index":0,"message":{"role":"assistant","content":"H"},"delta":{"role":"assistant","content":"H"},"finish_reason":null}]}
            {"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"delta":{"role":"assistant","content":"i"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}
            """)
        { Text = "Hi", Usage = Usage, Missing = "citations" },
    ];
}
