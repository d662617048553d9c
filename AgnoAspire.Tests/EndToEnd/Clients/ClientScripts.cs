
namespace AgnoAspire.Tests.EndToEnd.Clients;

/// <summary>Runs the tests that are written in the clients' own languages; what they print is the failure's message.</summary>
internal static class ClientScripts
{
    private static readonly TimeSpan ScriptLimit = TimeSpan.FromMinutes(15);

    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome"];

    private static readonly string Folder = Path.Combine(Repository.Root, "AgnoAspire.Tests", "EndToEnd", "Clients");

    public static string PathOf(string script) => Path.Combine(Folder, script);

    /// <summary>Runs a script with Node.js.</summary>
    public static Task<string> RunNodeAsync(string script, params string[] arguments)
    {
        Assert.SkipWhen(ProcessRunner.Find("node") is null, "no Node.js on this machine");
        return ProcessRunner.RunAsync(
            "node", ["--test-reporter=spec", PathOf(script), .. arguments], ScriptLimit, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>A Python that has requests.</summary>
    public static async Task<string> PythonAsync()
    {
        // Debian's requests belongs to the system's own interpreter.
        var python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : ProcessRunner.Find("python3");
        Assert.SkipWhen(python is null, "no Python on this machine");
        var found = await ProcessRunner.RunAsync(
            python!, ["-c", "import importlib.util; print(importlib.util.find_spec('requests') is not None)"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.SkipUnless(found.Trim() == "True", "no python3-requests on this machine");
        return python!;
    }

    /// <summary>A browser of the Chromium family.</summary>
    public static string Browser()
    {
        var browser = Browsers.Select(ProcessRunner.Find).FirstOrDefault(path => path is not null);
        Assert.SkipWhen(browser is null, "no Chromium on this machine");
        return browser!;
    }
}
