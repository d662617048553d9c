using System.Text.RegularExpressions;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>What a first run prints: each address and the request must work as they stand.</summary>
public sealed partial class FirstRunTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task Printed_pages_and_request_work_as_they_stand_whatever_model_is_served(string environment)
    {
        Assert.SkipWhen(ProcessRunner.Find("curl") is null, "no curl on this machine");
        await using var standalone = AppProcess.Create("AgnoAspire.Standalone", new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["ChatApi__AllowAnonymous"] = "true",
            ["Providers__demo__TokenDelay"] = "00:00:00",
            ["Models__tale__Provider"] = "demo",
        });
        await standalone.StartAsync(Cancel);
        await standalone.WaitForOutputAsync("Try: ", Cancel);

        var page = Page().Match(standalone.Output).Groups[1].Value;
        Assert.Contains("<title>AgnoAspire</title>", await standalone.Client.GetStringAsync(page, Cancel), StringComparison.Ordinal);
        var reference = Reference().Match(standalone.Output);
        Assert.Equal(environment == "Development", reference.Success);
        if (reference.Success)
        {
            Assert.Contains("scalar.js", await standalone.Client.GetStringAsync(reference.Groups[1].Value, Cancel), StringComparison.Ordinal);
        }

        var request = Request().Match(standalone.Output).Groups[1].Value;
        var answer = await ProcessRunner.RunAsync("sh", ["-c", $"{request} -sS --max-time 30"], cancellationToken: Cancel);
        Assert.Contains("\"done\":true", answer, StringComparison.Ordinal);
        Assert.Contains("\"model\":\"tale\"", answer, StringComparison.Ordinal);
    }

    [GeneratedRegex("^Chat page: (http\\S+)$", RegexOptions.Multiline)]
    private static partial Regex Page();

    [GeneratedRegex("^API reference: (http\\S+)$", RegexOptions.Multiline)]
    private static partial Regex Reference();

    [GeneratedRegex("^Try: (curl .+)$", RegexOptions.Multiline)]
    private static partial Regex Request();
}
