namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>Which of the two ways of speaking the OpenAI protocol an endpoint understands.</summary>
internal enum Dialect
{
    /// <summary>As OpenAI and Azure OpenAI speak it today: <c>max_completion_tokens</c>, and the role <c>developer</c>.</summary>
    OpenAI,

    /// <summary>As everything else understands it: <c>max_tokens</c>, and the role <c>system</c> in place of <c>developer</c>.</summary>
    Compatible,
}
