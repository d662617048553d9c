using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Clients;

/// <summary>The client modules by themselves, against scripted servers.</summary>
public sealed class ClientModuleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task JavaScript_module_passes_its_tests() =>
        await ClientScripts.RunNodeAsync("agno-chat.test.mjs");

    [Fact]
    public async Task Python_module_passes_its_tests() =>
        await ProcessRunner.RunAsync(await ClientScripts.PythonAsync(), [ClientScripts.PathOf("agno_chat_test.py")], cancellationToken: TestContext.Current.CancellationToken);

    [Fact]
    public async Task Type_declarations_match_the_JavaScript_module()
    {
        var packages = await NodePackages.InstallAsync("typescript", ["typescript@7.0.2"], Cancel);

        await ProcessRunner.RunAsync(
            Path.Combine(packages, "node_modules", ".bin", "tsc"),
            ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2023,dom,dom.iterable", ClientScripts.PathOf("types.test.ts")],
            cancellationToken: TestContext.Current.CancellationToken);
    }
}
