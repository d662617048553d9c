using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace AgnoAspire.Benchmarks.Provider;

/// <summary>Writes an answer in the events of OpenAI's chat completions.</summary>
internal sealed class CompletionEvents(PipeWriter output)
{
    private readonly Utf8JsonWriter json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true });

    public void Text(string text)
    {
        output.Write("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"fake\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"u8);
        json.Reset(output);
        json.WriteStringValue(text);
        json.Flush();
        output.Write("},\"finish_reason\":null}]}\n\n"u8);
    }

    public void End(int tokens)
    {
        output.Write("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"fake\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"u8);
        output.Write("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"fake\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":"u8);
        json.Reset(output);
        json.WriteNumberValue(tokens);
        json.Flush();
        output.Write(",\"total_tokens\":"u8);
        json.Reset(output);
        json.WriteNumberValue(tokens + 3);
        json.Flush();
        output.Write("}}\n\ndata: [DONE]\n\n"u8);
    }
}
