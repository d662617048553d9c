using AgnoAspire.Benchmarks;
using AgnoAspire.Benchmarks.Chaos;
using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.Benchmarks.Load;
using AgnoAspire.Benchmarks.Micro;
using AgnoAspire.Benchmarks.Provider;

if (args is [MicroBenchmarks.Name, .. var options])
{
    return MicroBenchmarks.Run(options);
}

using var stop = new StopSignals();
var arguments = new Arguments(args.Skip(1));
try
{
    return args.FirstOrDefault() switch
    {
        "chaos" => await ChaosProgram.RunAsync(ChaosOptions.Read(arguments), stop.Token),
        "overhead" => await OverheadBenchmark.RunAsync(arguments, stop.Token),
        "throughput" => await ThroughputBenchmark.RunAsync(arguments, stop.Token),
        "fanout" => await FanoutBenchmark.RunAsync(arguments, stop.Token),
        "scale" => await ScaleBenchmark.RunAsync(arguments, stop.Token),
        "queue" => await QueueBenchmark.RunAsync(arguments, stop.Token),
        ProviderProgram.Name => await ProviderProgram.RunAsync(arguments, stop.Token),
        _ => HelpText.Print(),
    };
}
catch (Exception failure) when (failure is ArgumentException or ProcessFailedException)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return HelpText.ExitCode;
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Stopped; every process this run started has ended.");
    return HelpText.ExitCode;
}
