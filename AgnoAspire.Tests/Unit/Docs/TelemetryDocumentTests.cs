using System.Diagnostics.Metrics;
using System.Reflection;
using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgnoAspire.Tests.Unit.Docs;

/// <summary>docs/telemetry.md lists every instrument with its unit, and every attribute.</summary>
public sealed class TelemetryDocumentTests
{
    private const string Document = "docs/telemetry.md";

    [Fact]
    public void Document_names_every_instrument_and_attribute_and_no_other()
    {
        var documented = Documents.Code(Documents.Read(Document))
            .Select(code => code.Split('=')[0])
            .Where(code => code.StartsWith("agno.", StringComparison.Ordinal) && code != "agno.");

        Assert.Equal(Instruments().Keys.Concat(Attributes()).Order(StringComparer.Ordinal), documented.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Documented_units_are_those_of_the_code()
    {
        var units = Instruments();
        var rows = Documents.Rows(Documents.Section(Document, "Metrics"))
            .SelectMany(row => Documents.Code(row[0]), (row, name) => (Name: name, Unit: row[1]));

        Assert.All(rows, row => Assert.Equal(units[row.Name], row.Unit));
    }

    private static Dictionary<string, string?> Instruments()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        var units = new Dictionary<string, string?>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
            {
                units.Add(instrument.Name, instrument.Unit);
            }
        };
        listener.Start();
        using var metrics = new ChatJobsMetrics(meters);
        metrics.ObserveWorker(() => 0, 0);
        metrics.ObserveRelay(() => 0, () => 0);
        metrics.ObserveQueue(() => null);
        using var breakers = new EndpointCircuitBreakers(TimeProvider.System, NullLoggerFactory.Instance, meters);
        return units;
    }

    private static IEnumerable<string> Attributes() => new[] { typeof(ChatTelemetry), typeof(EndpointCircuitBreakers) }
        .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
        .Where(field => field.IsLiteral)
        .Select(field => field.GetRawConstantValue())
        .OfType<string>()
        .Where(value => value.StartsWith("agno.", StringComparison.Ordinal));
}
