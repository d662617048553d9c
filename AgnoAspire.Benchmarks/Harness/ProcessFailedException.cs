namespace AgnoAspire.Benchmarks.Harness;

/// <summary>A process of this run did not start; the message says where its output is.</summary>
#pragma warning disable CA1032 // It always has a message, and nobody wraps it.
internal sealed class ProcessFailedException(string message) : Exception(message);
#pragma warning restore CA1032
