namespace AgnoAspire.Worker.Inference;

/// <summary>What becomes of an answer whose worker died in mid-stream.</summary>
internal enum ContinuationPolicy
{
    /// <summary>It ends with an error; the text already shown is kept.</summary>
    Fail,

    /// <summary>It is generated anew and what was shown is skipped, once it was seen to be the same. For deterministic providers.</summary>
    Replay,

    /// <summary>The text already shown is sent along as the assistant's last message. For providers that continue such a message.</summary>
    Prefix,
}
