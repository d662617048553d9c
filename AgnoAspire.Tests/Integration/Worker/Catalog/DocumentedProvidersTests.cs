using System.Text.RegularExpressions;
using AgnoAspire.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ServiceDiscovery.Http;

namespace AgnoAspire.Tests.Integration.Worker.Catalog;

/// <summary>The configurations of docs/providers.md work as they stand, keys aside; only the network is replaced.</summary>
public sealed partial class DocumentedProvidersTests
{
    private static readonly string[] Blocks =
        [.. JsonBlock().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "providers.md"))).Select(match => match.Groups[1].Value)];

    [Theory]
    [InlineData(0, "gpt-4o", "my-resource.openai.azure.com", "/openai/v1/chat/completions", "api-key", "my-gpt-4o-deployment", "max_completion_tokens")]
    [InlineData(1, "gpt-4o", "gateway.example.com", "/openai/v1/chat/completions", "api-key", "my-gpt-4o-deployment", "max_completion_tokens")]
    [InlineData(2, "llama", "localhost:11434", "/v1/chat/completions", null, "llama3.2:latest", "max_tokens")]
    [InlineData(3, "qwen", "localhost:8001", "/v1/chat/completions", null, "Qwen/Qwen3-8B", "max_tokens")]
    [InlineData(4, "gpt-4o", "my-eu.openai.azure.com", "/openai/v1/chat/completions", "api-key", "gpt-4o", "max_completion_tokens")]
    public async Task A_documented_configuration_answers_at_the_right_address_with_the_right_key(
        int block, string model, string host, string path, string? keyHeader, string upstreamModel, string maxTokens)
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var catalog = await StartAsync(Blocks[block], fake, keyHeader is not null);

        var (pieces, failure) = await DeltaReader.ReadAsync(catalog.Model(model).StreamAsync(
            ModelCatalogHost.Prompt(model: model, fields: ("max_tokens", 9)), null, TestContext.Current.CancellationToken));

        Assert.Null(failure);
        Assert.Equal("Hello there.", pieces.Text());
        var sent = Assert.Single(fake.Exchanges);
        Assert.Equal((host, path, upstreamModel), (sent.Headers["Host"], sent.Path, sent.Model));
        Assert.Contains($"\"{maxTokens}\":9", sent.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", sent.Headers);
        Assert.Equal(keyHeader is null ? null : ModelCatalogHost.Key, keyHeader is null ? null : sent.Headers[keyHeader]);
    }

    [Fact]
    public async Task The_documented_last_resort_answers_when_nobody_else_does()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var catalog = await StartAsync(Blocks[4], fake, withKey: true);
        fake.For("gpt-4o", FakeAnswers.Status(503));

        var (pieces, _) = await DeltaReader.ReadAsync(catalog.Model("gpt-4o").StreamAsync(
            ModelCatalogHost.Prompt(model: "gpt-4o"), null, TestContext.Current.CancellationToken));

        Assert.Equal("Hello there.", pieces.Text());
        Assert.Equal(
            ["my-eu.openai.azure.com gpt-4o", "my-us.openai.azure.com gpt-4o", "api.openai.com gpt-4o", "api.openai.com gpt-4o-mini"],
            fake.Exchanges.Select(exchange => $"{exchange.Headers["Host"]} {exchange.Model}"));
        Assert.Equal($"Bearer {ModelCatalogHost.Key}", fake.Exchanges.Last().Headers["Authorization"]);
    }

    [Fact]
    public void Every_configuration_on_the_page_is_tested() => Assert.Equal(5, Blocks.Length);

    private static async Task<ModelCatalogHost> StartAsync(string json, FakeOpenAI fake, bool withKey)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var settings = new ConfigurationBuilder().AddJsonStream(stream).Build().AsEnumerable().Where(setting => setting.Value is not null).ToDictionary();
        foreach (var provider in settings.Keys.Where(key => key.StartsWith("Providers:", StringComparison.Ordinal)).Select(key => key.Split(':')[1]).Distinct().ToArray())
        {
            settings[$"Providers:{provider}:ApiKey"] = withKey ? ModelCatalogHost.Key : null;
        }

        return await ModelCatalogHost.StartAsync(
            settings, configure: services => services.AddSingleton<IServiceDiscoveryHttpMessageHandlerFactory>(new RedirectingHandlerFactory(fake.Endpoint)));
    }

    [GeneratedRegex(@"```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    /// <summary>Takes every request to the fake, which sees the host it was meant for.</summary>
    private sealed class RedirectingHandlerFactory(Uri to) : IServiceDiscoveryHttpMessageHandlerFactory
    {
        public HttpMessageHandler CreateHandler(HttpMessageHandler handler) => new Handler(to, handler);

        private sealed class Handler(Uri to, HttpMessageHandler inner) : DelegatingHandler(inner)
        {
            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                request.Headers.Host = request.RequestUri!.Authority;
                request.RequestUri = new Uri(to, request.RequestUri.PathAndQuery);
                return base.SendAsync(request, cancellationToken);
            }
        }
    }
}
