using System.Diagnostics.Metrics;
using System.Threading.Channels;

namespace AgnoAspire.Tests.Integration.Telemetry;

/// <summary>What the instruments of one host measure; other hosts of the process are not heard.</summary>
internal sealed class Measurements : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly MeterListener listener = new();
    private readonly Channel<Measured> incoming = Channel.CreateUnbounded<Measured>();
    private readonly List<Measured> all = [];

    public Measurements(IMeterFactory meters, string? alsoMeter = null)
    {
        listener.InstrumentPublished = (instrument, itself) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) || instrument.Meter.Name == alsoMeter)
            {
                itself.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
    }

    /// <summary>Waits for a measurement.</summary>
    public async Task<Measured> UntilAsync(string name, CancellationToken cancellationToken, Func<Measured, bool>? wanted = null)
    {
        while (true)
        {
            while (incoming.Reader.TryRead(out var more))
            {
                all.Add(more);
            }

            if (all.FirstOrDefault(measured => measured.Name == name && wanted?.Invoke(measured) is not false) is { } found)
            {
                return found;
            }

            all.Add(await incoming.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Limit, TimeProvider.System, cancellationToken));
        }
    }

    /// <summary>Asks the instruments that are read, such as gauges.</summary>
    public void Observe() => listener.RecordObservableInstruments();

    public IReadOnlyList<Measured> Of(string name)
    {
        while (incoming.Reader.TryRead(out var more))
        {
            all.Add(more);
        }

        return [.. all.Where(measured => measured.Name == name)];
    }

    public void Dispose() => listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var copy = new Dictionary<string, object?>();
        foreach (var (key, tag) in tags)
        {
            copy[key] = tag;
        }

        incoming.Writer.TryWrite(new Measured(instrument.Name, instrument.Unit, value, copy));
    }
}

/// <summary>One measurement.</summary>
internal sealed record Measured(string Name, string? Unit, double Value, IReadOnlyDictionary<string, object?> Tags)
{
    public object? this[string tag] => Tags.GetValueOrDefault(tag);
}
