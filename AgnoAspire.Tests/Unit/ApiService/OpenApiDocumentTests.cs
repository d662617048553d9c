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
    public async Task No_Data_Protection_is_registered()
    {
        await using var app = await StartAsync(services => Assert.DoesNotContain(
            services, service => service.ServiceType.FullName!.Contains("DataProtection", StringComparison.Ordinal)
                || service.ImplementationType?.FullName?.Contains("DataProtection", StringComparison.Ordinal) is true));
    }

    // Without hosted services nothing connects to Redis.
    private static async Task<WebApplication> StartAsync(Action<IServiceCollection>? inspect = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
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
