namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>The JSON kept in Redis.</summary>
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(IEnumerable<ToolCall>))]
internal sealed partial class ChatJobsJsonContext : JsonSerializerContext;
