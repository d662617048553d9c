using System.Runtime.InteropServices;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>kill(2), for the signals .NET does not send. Numbers as on Linux; the faults that use them need Linux.</summary>
internal static partial class Signals
{
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Stop = 19;

    public static void SendKill(int processId) => Send(processId, Kill);

    public static void SendTerminate(int processId) => Send(processId, Terminate);

    public static void SendStop(int processId) => Send(processId, Stop);

    public static void SendContinue(int processId) => Send(processId, Continue);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Send(int processId, int signal);
}
