using AgnoAspire.ApiService.NativeFace;
using AgnoAspire.ApiService.OpenAIFace;
using AgnoAspire.ApiService.Relay;
using AgnoAspire.ChatJobs;
using BenchmarkDotNet.Attributes;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>One chunk of the log as an event of each face.</summary>
public class EventFaces
{
    private static readonly string Id = JobId.New();

    private readonly EventWriter events = new(new DiscardingWriter());
    private readonly NativeEvents native = new("bench");
    private readonly OpenAIEvents openAI = new(Id, "bench", created: 1, after: 0, withUsage: true);
    private LoggedChunk text;
    private LoggedChunk call;
    private LoggedChunk terminal;

    [GlobalSetup]
    public void Prepare()
    {
        using var encoder = new ChunkEncoder("bench");
        text = new LoggedChunk(1234, encoder.Text("Once upon a time "));
        call = new LoggedChunk(1234, encoder.Calls([new ToolCall { Function = new CalledFunction(Name: null, "{\"city\":") }]));
        terminal = new LoggedChunk(1234, encoder.Terminal(FinishReason.Stop, new ChatJobs.Usage(14, 40, 54), error: null));
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
