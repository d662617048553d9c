using OpenTelemetry;
using OpenTelemetry.Logs;

namespace AgnoAspire.Tests.Integration.Telemetry;

/// <summary>Keeps what every log record says, and to which trace it belongs.</summary>
internal sealed class LogCollector : BaseProcessor<LogRecord>
{
    public ConcurrentQueue<(string TraceId, string Text)> Records { get; } = [];

    public override void OnEnd(LogRecord data)
    {
        var attributes = string.Join(' ', (data.Attributes ?? []).Select(attribute => $"{attribute.Key}={attribute.Value}"));
        Records.Enqueue((data.TraceId.ToHexString(), $"{data.CategoryName} {data.FormattedMessage} {data.Body} {attributes} {data.Exception}"));
    }
}
