using AgnoAspire.ApiService.Authentication;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace AgnoAspire.Tests.Unit.ApiService.Authentication;

/// <summary>What a service needs to be told before it starts.</summary>
public sealed class StartupValidationTests
{
    private static readonly string Hash = new('a', 64);

    [Fact]
    public void Missing_keys_are_valid_in_Development_only()
    {
        Assert.True(Validate(new ChatAuthenticationOptions(), Environments.Development).Succeeded);
        var failure = Validate(new ChatAuthenticationOptions(), Environments.Production);

        Assert.True(failure.Failed);
        Assert.Contains("ChatApi:ApiKeys:0:Sha256", failure.FailureMessage);
        Assert.Contains("ChatApi:AllowAnonymous", failure.FailureMessage);
    }

    [Fact]
    public void Key_issuer_or_AllowAnonymous_is_valid()
    {
        Assert.True(Validate(With("ops", Hash), Environments.Production).Succeeded);
        Assert.True(Validate(new ChatAuthenticationOptions(), Environments.Production, hasTokens: true).Succeeded);
        Assert.True(Validate(new ChatAuthenticationOptions { AllowAnonymous = true }, Environments.Production).Succeeded);
    }

    [Theory]
    [InlineData("", "aa")]
    [InlineData("ops", "sk-the-key-itself")]
    [InlineData("two words", "aa")]
    public void Malformed_key_is_invalid(string name, string hash) =>
        Assert.True(Validate(With(name, hash), Environments.Production).Failed);

    [Theory]
    [InlineData("https://app.example.com", true)]
    [InlineData("http://localhost:5173", true)]
    [InlineData("tauri://localhost", true)]
    [InlineData("capacitor://localhost", true)]
    [InlineData("vscode-webview://1a2b3c", true)]
    [InlineData("*", false)]
    [InlineData("https://*.example.com", false)]
    [InlineData("tauri://localhost/", false)]
    [InlineData("https://app.example.com/", false)]
    [InlineData("app.example.com", false)]
    [InlineData("null", false)]
    public void Cors_origin_is_an_exact_origin(string origin, bool isTaken)
    {
        var options = With("ops", Hash);
        options.CorsOrigins.Add(origin);

        Assert.Equal(isTaken, Validate(options, Environments.Production).Succeeded);
    }

    private static ChatAuthenticationOptions With(string name, string hash)
    {
        var options = new ChatAuthenticationOptions();
        options.ApiKeys.Add(new ApiKeyOptions { Name = name, Sha256 = hash });
        return options;
    }

    private static Microsoft.Extensions.Options.ValidateOptionsResult Validate(ChatAuthenticationOptions options, string environment, bool hasTokens = false) =>
        new ChatAuthenticationOptionsValidator(new HostingEnvironment { EnvironmentName = environment }, new CallerAuthentication(hasTokens)).Validate(null, options);
}
