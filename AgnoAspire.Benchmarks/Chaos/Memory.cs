namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>What the processes have in memory at one moment, in bytes.</summary>
internal sealed class Memory(SystemUnderTest system)
{
    private const double Mebi = 1024 * 1024;

    private readonly long apis = system.Apis.Sum(process => process.WorkingSet);
    private readonly long workers = system.Workers.Sum(process => process.WorkingSet);
    private readonly long redis = system.Redis.WorkingSet;

    public override string ToString() => $"APIs {apis / Mebi:N0}, workers {workers / Mebi:N0}, Redis {redis / Mebi:N0} MiB";
}
