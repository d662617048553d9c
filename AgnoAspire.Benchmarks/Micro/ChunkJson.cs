using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.OpenAI;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Streams;
using BenchmarkDotNet.Attributes;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>One chunk of the log as an event of each API.</summary>
public class ChunkFormatters
{
    private static readonly string Id = JobId.New();

    private readonly SseWriter events = new(new DiscardingWriter());
    private readonly ChatChunkFormatter native = new(Id, "bench");
    private readonly OpenAIChunkFormatter openAI = new(Id, "bench", created: 1, after: 0, includeUsage: true);
    private SequencedChunk text;
    private SequencedChunk call;
    private SequencedChunk terminal;

    [GlobalSetup]
    public void Prepare()
    {
        using var encoder = new ChunkEncoder("bench");
        text = new SequencedChunk(1234, encoder.Text("Once upon a time "));
        call = new SequencedChunk(1234, encoder.Calls([new ToolCall { Function = new FunctionCall(Name: null, "{\"city\":") }]));
        terminal = new SequencedChunk(1234, encoder.Terminal(FinishReason.Stop, new ChatJobs.Contracts.Usage(14, 40, 54), error: null));
    }

    [Benchmark]
    public void Native_chunk() => native.Chunk(events, text);

    [Benchmark]
    public void OpenAI_chunk() => openAI.Chunk(events, text);

    [Benchmark]
    public void OpenAI_chunk_of_a_tool_call() => openAI.Chunk(events, call);

    [Benchmark]
    public void OpenAI_terminal_chunk() => openAI.Chunk(events, terminal);
}

/// <summary>From the provider's delta to the bytes of the log.</summary>
public class ChunkEncoding
{
    private readonly ChunkEncoder encoder = new("bench");
    private readonly TextBuffer buffer = new();

    [Benchmark]
    public byte[] Encode() => encoder.Text("Once upon a time ");

    [Benchmark]
    public byte[] Encode_with_escapes() => encoder.Text("\n\"größer\" 👩‍🚀 ");

    [Benchmark]
    public byte[] Buffer_and_encode()
    {
        buffer.Add("Once upon a time ");
        return encoder.Text(buffer.Drain(all: false));
    }

    [GlobalCleanup]
    public void Stop() => encoder.Dispose();
}
