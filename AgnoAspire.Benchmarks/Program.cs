using System.Runtime.InteropServices;
using AgnoAspire.Benchmarks;
using AgnoAspire.Benchmarks.Chaos;
using AgnoAspire.Benchmarks.Explore;
using AgnoAspire.Benchmarks.Load;
using AgnoAspire.Benchmarks.Micro;

if (args is [MicroBenchmarks.Name, .. var options])
{
    return MicroBenchmarks.Run(options);
}

// Ctrl-C and SIGTERM end a run by cleaning up.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    var arguments = new Arguments(args.Skip(1));
    return args.FirstOrDefault() switch
    {
        "chaos" => await ChaosProgram.RunAsync(ChaosOptions.Read(arguments), stop.Token),
        "overhead" => await OverheadBenchmark.RunAsync(arguments, stop.Token),
        "throughput" => await ThroughputBenchmark.RunAsync(arguments, stop.Token),
        "fanout" => await FanoutBenchmark.RunAsync(arguments, stop.Token),
        "scale" => await ScaleBenchmark.RunAsync(arguments, stop.Token),
        "explore" => await ExploreProgram.RunAsync(arguments, stop.Token),
        "queue" => await QueueBenchmark.RunAsync(arguments, stop.Token),
        "takeover" => await TakeoverBenchmark.RunAsync(arguments, stop.Token),
        ProviderProgram.Name => await ProviderProgram.RunAsync(arguments, stop.Token),
        _ => HelpText.Print(),
    };
}
catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return HelpText.ExitCode;
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Stopped; every process of this run has ended.");
    return HelpText.ExitCode;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
