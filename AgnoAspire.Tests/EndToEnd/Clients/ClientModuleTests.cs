using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Clients;

/// <summary>The client modules by themselves, against scripted servers.</summary>
public sealed class ClientModuleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_JavaScript_module_resumes_retries_cancels_and_parses_as_promised() =>
        await ClientScripts.RunNodeAsync("agno-chat.test.mjs");

    [Fact]
    public async Task The_Python_module_resumes_retries_cancels_and_parses_as_promised() =>
        await ProcessRunner.RunAsync(await ClientScripts.PythonAsync(), [ClientScripts.PathOf("agno_chat_test.py")]);

    [Fact]
    public async Task The_type_declarations_fit_the_JavaScript_module()
    {
        var packages = await NodePackages.InstallAsync("typescript", ["typescript@7.0.2"], Cancel);

        await ProcessRunner.RunAsync(
            Path.Combine(packages, "node_modules", ".bin", "tsc"),
            ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2023,dom,dom.iterable", ClientScripts.PathOf("types.test.ts")]);
    }
}
