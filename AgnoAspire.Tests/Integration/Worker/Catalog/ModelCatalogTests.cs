using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker.Inference;
using AgnoAspire.Worker.Providers.Demo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Tests.Integration.Worker.Catalog;

/// <summary>Which models are served by what, by configuration.</summary>
public sealed class ModelCatalogTests
{
    [Fact]
    public async Task Unconfigured_the_script_serves_the_demo_and_the_contracts_model()
    {
        await using var host = await ModelCatalogHost.StartAsync([]);

        Assert.Equal(["demo", "gpt-3.5-turbo"], host.Catalog.Models.Select(model => model.Name));
        Assert.All(host.Catalog.Models, model => Assert.Equal((DemoChatClient.Label, ContinuationPolicy.Replay), (model.Provider, model.Continuation)));
        Assert.Contains("Information: Models served: demo, gpt-3.5-turbo by demo (a script, not an AI). ", host.Logs);
        Assert.False(host.Catalog.TryGet("gpt-4o", out _));
    }

    [Theory]
    [InlineData("OPENAI_API_KEY", "sk-verysecret-0123456789")]
    [InlineData("ConnectionStrings:openai", "Endpoint=https://api.openai.com/v1;Key=sk-verysecret-0123456789")]
    public async Task With_a_key_OpenAIs_models_go_to_OpenAI_and_the_demo_stays_the_script(string setting, string value)
    {
        await using var host = await ModelCatalogHost.StartAsync(new Dictionary<string, string?> { [setting] = value });

        Assert.Equal(["openai"], new[] { "gpt-3.5-turbo", "gpt-4o-mini", "gpt-4.1", "gpt-5" }.Select(name => host.Model(name).Provider).Distinct());
        Assert.Equal(ContinuationPolicy.Fail, host.Model("gpt-3.5-turbo").Continuation);
        Assert.Equal(DemoChatClient.Label, host.Model("demo").Provider);
        Assert.All(host.Logs, line => Assert.DoesNotContain("verysecret", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_string_says_where_to_go_and_which_model_is_there()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(new Dictionary<string, string?>
        {
            ["ConnectionStrings:openai"] = $"Endpoint={fake.Endpoint};Key=\"{ModelCatalogHost.Key}\";Model=llama-4",
        });

        foreach (var name in new[] { "llama-4", "gpt-3.5-turbo" })
        {
            await foreach (var piece in host.Model(name).StreamAsync(ModelCatalogHost.Prompt(model: name), null, TestContext.Current.CancellationToken))
            {
                Assert.NotEqual(default, piece);
            }
        }

        Assert.Equal([("llama-4", $"Bearer {ModelCatalogHost.Key}"), ("gpt-3.5-turbo", $"Bearer {ModelCatalogHost.Key}")], fake.Exchanges.Select(exchange => (exchange.Model, exchange.Headers["Authorization"])));
    }

    [Fact]
    public async Task Another_endpoint_is_a_few_lines_of_configuration()
    {
        await using var host = await ModelCatalogHost.StartAsync(new Dictionary<string, string?>
        {
            ["Providers:vllm:Endpoint"] = "http://gpu-1:8000",
            ["Models:llama:Provider"] = "vllm",
            ["Models:llama:UpstreamModel"] = "meta-llama/Llama-4",
            ["Models:llama:Continuation"] = "Prefix",
            ["Models:qwen:Provider"] = "vllm",
            ["Models:qwen:Name"] = "qwen3:8b",
        });

        Assert.Equal(["demo", "llama", "qwen3:8b"], host.Catalog.Models.Select(model => model.Name));
        Assert.Equal(("vllm", ContinuationPolicy.Prefix), (host.Model("llama").Provider, host.Model("llama").Continuation));
    }

    [Fact]
    public async Task What_is_served_by_default_can_be_tuned_and_taken_away()
    {
        await using var host = await ModelCatalogHost.StartAsync(new Dictionary<string, string?>
        {
            ["OPENAI_API_KEY"] = ModelCatalogHost.Key,
            ["Models:gpt-4o:Continuation"] = "Prefix",
            ["Models:gpt-4o-mini:Provider"] = "demo",
            ["Models:demo:Enabled"] = "false",
        });

        Assert.Equal(("openai", ContinuationPolicy.Prefix), (host.Model("gpt-4o").Provider, host.Model("gpt-4o").Continuation));
        Assert.Equal(DemoChatClient.Label, host.Model("gpt-4o-mini").Provider);
        Assert.False(host.Catalog.TryGet("demo", out _));
    }

    [Fact]
    public async Task In_Development_a_local_Ollamas_models_are_served_under_their_own_names()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        fake.Tags = ["llama3.2:latest", "demo", "llama3.2:latest", "bad\nname"];
        var settings = new Dictionary<string, string?> { ["Providers:ollama:Endpoint"] = fake.Endpoint.ToString() };
        await using var development = await ModelCatalogHost.StartAsync(settings, "Development");
        await using var production = await ModelCatalogHost.StartAsync(settings);
        settings["Providers:ollama:DiscoverModels"] = "false";
        await using var unwanted = await ModelCatalogHost.StartAsync(settings, "Development");

        Assert.Equal(["demo", "gpt-3.5-turbo", "llama3.2:latest"], development.Catalog.Models.Select(model => model.Name));
        Assert.Equal("ollama", development.Model("llama3.2:latest").Provider);
        Assert.Equal(DemoChatClient.Label, development.Model("demo").Provider);
        Assert.Contains(development.Logs, line => line.Contains("llama3.2:latest by ollama", StringComparison.Ordinal));
        Assert.Equal(2, production.Catalog.Models.Count);
        Assert.Equal(2, unwanted.Catalog.Models.Count);
    }

    [Fact]
    public async Task An_endpoint_can_be_a_service_name_and_no_handler_of_the_applications_touches_inference()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        var settings = new Dictionary<string, string?>
        {
            ["Services:llm:http:0"] = fake.Endpoint.GetLeftPart(UriPartial.Authority),
            ["Providers:named:Endpoint"] = "http://llm",
            ["Providers:plain:Endpoint"] = fake.Endpoint.ToString(),
            ["Models:named:Provider"] = "named",
            ["Models:plain:Provider"] = "plain",
        };
        await using var host = await ModelCatalogHost.StartAsync(settings, configure: services => services
            .AddServiceDiscovery()
            .ConfigureHttpClientDefaults(http => http.ConfigurePrimaryHttpMessageHandler(() => throw new InvalidOperationException("The application's handlers."))));

        foreach (var name in new[] { "named", "plain" })
        {
            var (pieces, failure) = await DeltaReader.ReadAsync(host.Model(name).StreamAsync(ModelCatalogHost.Prompt(model: name), null, TestContext.Current.CancellationToken));
            Assert.Null(failure);
            Assert.Equal("Hello there.", pieces.Text());
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/v1")]
    [InlineData("http://no-such-host.invalid/v1")]
    public async Task No_Ollama_is_no_trouble(string endpoint)
    {
        await using var host = await ModelCatalogHost.StartAsync(new Dictionary<string, string?> { ["Providers:ollama:Endpoint"] = endpoint }, "Development");

        Assert.Equal(2, host.Catalog.Models.Count);
    }

    [Theory]
    [InlineData("Models:m:Provider", "nowhere", "Models:m:Provider is 'nowhere', which is not configured; set Providers:nowhere:Endpoint, or use one of demo.")]
    [InlineData("Models:m:Retries", "1", "Models:m:Provider is missing; set it to one of demo")]
    [InlineData("Models:demo:IdleTimeout", "-00:00:01", "Models:demo:IdleTimeout is -00:00:01; set it to a value from 00:00:00.0100000 to 01:00:00.")]
    [InlineData("Models:demo:Retries", "11", "Models:demo:Retries is 11; set it to a value from 0 to 10.")]
    [InlineData("Models:demo:Name", "gpt-3.5-turbo", "Models:demo, Models:gpt-3.5-turbo")]
    [InlineData("Providers:x:Type", "ollama", "Providers:x:Type is 'ollama'; set it to openai (also for Azure OpenAI, Ollama,")]
    [InlineData("Providers:x:Endpoint", "ftp://somewhere", "Providers:x:Endpoint is not a valid address")]
    [InlineData("Providers:x:Endpoint", "/v1", "Providers:x:Endpoint is not a valid address")]
    [InlineData("Providers:demo:TokenDelay", "01:00:00", "Providers:demo:TokenDelay is 01:00:00")]
    [InlineData("Providers:x:Endpiont", "http://localhost", "Providers:x:Endpiont is not a setting.")]
    [InlineData("Models:m:Timeout", "00:00:10", "Models:m:Timeout is not a setting.")]
    [InlineData("Models:m:IdleTimeout", "soon, says the secret", "Models:m:IdleTimeout has an invalid value")]
    [InlineData("Models:m:Continuation", "Always", "Models:m:Continuation has an invalid value")]
    [InlineData("Models:demo:MaxConcurrency", "0", "Models:demo:MaxConcurrency is 0; set it to a value from 1 to 100000.")]
    [InlineData("Models:demo:Endpoints:0:Provider", "nowhere", "Models:demo:Endpoints:0:Provider is 'nowhere', which is not configured")]
    [InlineData("Models:demo:Endpoints:0:Weight", "1001", "Models:demo:Endpoints:0:Weight is 1001; set it to a value from 0 to 1000.")]
    [InlineData("Models:demo:Endpoints:0:Weight", "0", "Models:demo:Endpoints all have Weight 0")]
    [InlineData("Models:demo:Endpoints:0:Weight", "much, says the secret", "Models:demo:Endpoints:0:Weight has an invalid value")]
    [InlineData("Models:demo:Endpoints:0:Wieght", "1", "Models:demo:Endpoints:0:Wieght is not a setting.")]
    [InlineData("Models:demo:Endpoints:0:Retries", "1", "Models:demo:Endpoints:0:Retries is not a setting.")]
    [InlineData("Models:demo:Weight", "1", "Models:demo:Weight is not a setting.")]
    [InlineData("Models:demo:Endpoints", "demo", "lists as Models:demo:Endpoints:0:")]
    [InlineData("Models:demo:Endpoints:0", "demo", "lists as Models:demo:Endpoints:0:")]
    [InlineData("Providers:x:KeyHeader", "api key: secret", "Providers:x:KeyHeader is not a valid header name")]
    [InlineData("Providers:openai:Type", "openai", "Providers:openai has neither Endpoint nor ApiKey; set ApiKey")]
    [InlineData("OPENAI_API_KEY", "sk-very\nsecret", "Providers:openai:ApiKey contains a space")]
    [InlineData("ConnectionStrings:openai", "sk-verysecret", "ConnectionStrings:openai is invalid; use Endpoint=")]
    [InlineData("ConnectionStrings:openai", "Endpoint=sk-verysecret;Key=sk-verysecret", "ConnectionStrings:openai is invalid; use Endpoint=")]
    public async Task A_mistake_fails_the_start_and_says_what_to_write(string setting, string value, string expected)
    {
        var settings = new Dictionary<string, string?> { [setting] = value };
        if (setting == "Models:demo:Name")
        {
            settings["Models:gpt-3.5-turbo:Provider"] = "demo";
        }

        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => ModelCatalogHost.StartAsync(settings));

        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", thrown.ToString(), StringComparison.Ordinal);
    }
}
