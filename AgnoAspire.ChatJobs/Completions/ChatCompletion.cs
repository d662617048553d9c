using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs;

/// <summary>A chat completion: what a caller asks a model for. Kept in the job as JSON until a worker has answered it.</summary>
public sealed record ChatCompletion
{
    /// <summary>Gets the public name of the model, as the catalogue knows it and as every chunk repeats it.</summary>
    [JsonPropertyName("model")]
    public required string Model { get; init; }

    /// <summary>Gets the conversation, oldest message first; never empty.</summary>
    [JsonPropertyName("messages")]
    public required IReadOnlyList<Message> Messages { get; init; }

    /// <summary>Gets the most tokens the answer may have; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("max_tokens")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get; init; }

    /// <summary>Gets the sampling temperature, 0 to 2; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("temperature")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; init; }

    /// <summary>Gets the texts at whose first occurrence the answer ends, without them; <see langword="null"/> for none.</summary>
    [JsonPropertyName("stop")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Gets the seed of the sampling; equal requests with equal seeds give equal answers where the model can.</summary>
    [JsonPropertyName("seed")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Seed { get; init; }
}
