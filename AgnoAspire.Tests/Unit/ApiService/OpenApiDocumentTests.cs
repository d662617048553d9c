using System.Net;
using AgnoAspire.ApiService;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AgnoAspire.Tests.Unit.ApiService;

/// <summary>docs/openapi.json is the document that the service returns. With UPDATE_OPENAPI=1 in the environment it is written anew.</summary>
public sealed class OpenApiDocumentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Committed_document_equals_the_served_one()
    {
        var path = Path.Combine(Repository.Root, "docs", "openapi.json");
        await using var app = await StartAsync();
        using var client = app.GetTestClient();
        var served = (await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancel)).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(path, served, Cancel);
        }

        var committed = await File.ReadAllTextAsync(path, Cancel);
        Assert.True(served == committed, "The API has changed. Run this test with UPDATE_OPENAPI=1 in the environment and commit docs/openapi.json.");
    }

    [Fact]
    public async Task Document_names_the_service_its_credentials_and_their_absence()
    {
        await using var app = await StartAsync();
        using var client = app.GetTestClient();
        using var document = JsonDocument.Parse(await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancel));
        var root = document.RootElement;
        var operations = root.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject(), (path, method) => (path.Name, method.Value)).ToList();

        Assert.Equal("AgnoAspire chat API", root.GetProperty("info").GetProperty("title").GetString());
        Assert.Equal(["apiKey", "bearer", "streamToken"], root.GetProperty("components").GetProperty("securitySchemes").EnumerateObject().Select(scheme => scheme.Name));
        Assert.NotEmpty(root.GetProperty("security").EnumerateArray());
        Assert.NotEmpty(operations);
        Assert.All(operations, operation => Assert.True(operation.Value.GetProperty("responses").TryGetProperty("401", out _), operation.Name));
    }

    [Theory]
    [InlineData("Development", HttpStatusCode.OK)]
    [InlineData("Production", HttpStatusCode.NotFound)]
    public async Task API_reference_is_served_in_Development_only_and_loads_nothing_from_elsewhere(string environment, HttpStatusCode expected)
    {
        await using var app = await StartAsync(environment: environment);
        using var client = app.GetTestClient();
        using var response = await client.GetAsync(new Uri("/scalar/", UriKind.Relative), Cancel);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        var page = await client.GetStringAsync(new Uri("/", UriKind.Relative), Cancel);

        Assert.Equal(expected, response.StatusCode);
        Assert.StartsWith("default-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("://", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(expected == HttpStatusCode.OK, page.Contains("href=\"scalar\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_Data_Protection_is_registered()
    {
        await using var app = await StartAsync(services => Assert.DoesNotContain(
            services, service => service.ServiceType.FullName!.Contains("DataProtection", StringComparison.Ordinal)
                || service.ImplementationType?.FullName?.Contains("DataProtection", StringComparison.Ordinal) is true));
    }

    // Without hosted services nothing connects to Redis.
    private static async Task<WebApplication> StartAsync(Action<IServiceCollection>? inspect = null, string environment = "Production")
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.WebHost.UseTestServer();
        builder.Configuration["ConnectionStrings:redis"] = "127.0.0.1:1";
        builder.Configuration["ChatApi:AllowAnonymous"] = "true";
        builder.AddChatApi();
        inspect?.Invoke(builder.Services);
        builder.Services.RemoveAll<IHostedService>();
        var app = builder.Build();
        app.MapChatApi();
        await app.StartAsync(Cancel);
        return app;
    }
}
