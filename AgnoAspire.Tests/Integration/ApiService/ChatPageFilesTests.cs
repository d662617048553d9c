using System.Net;
using System.Text.RegularExpressions;
using AgnoAspire.ApiService.Page;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace AgnoAspire.Tests.Integration.ApiService;

/// <summary>The chat page as it is served.</summary>
public sealed partial class ChatPageFilesTests : IAsyncLifetime
{
    private const long MaxOwnBytes = 90_000;

    private static readonly string Root = Path.Combine(Repository.Root, "AgnoAspire.ApiService", "wwwroot");

    private WebApplication? app;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Client => app!.GetTestClient();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();

        // As closed as an API can be: the page has to be open nevertheless.
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorizationBuilder().AddFallbackPolicy("closed", policy => policy.RequireAssertion(_ => false));
        app = builder.Build();
        app.UseAuthorization();
        app.MapChatPage();
        await app.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync() => await app!.DisposeAsync();

    [Fact]
    public async Task Page_has_a_strict_content_security_policy()
    {
        using var response = await Client.GetAsync("/", Cancel);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));

        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.StartsWith("default-src 'self'; base-uri 'none'; frame-ancestors 'none';", policy, StringComparison.Ordinal);
        Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.DoesNotMatch(InlineCode(), await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Every_file_of_the_page_exists()
    {
        var names = new HashSet<string>();
        foreach (var document in new[] { "/", "/app.js", "/chat/session.js", "/chat/answer.js", "/chat/sidebar.js", "/chat/transcript.js" })
        {
            var text = await Client.GetStringAsync(document, Cancel);
            var folder = new Uri(new Uri("http://page"), document);
            names.UnionWith(FileNames().Matches(text).Select(match => new Uri(folder, match.Groups[1].Value).AbsolutePath));
        }

        Assert.Superset(new HashSet<string> { "/app.css", "/agno-chat.js", "/chat/markdown.js", "/vendor/dompurify/purify.min.js" }, names);
        foreach (var name in names)
        {
            using var response = await Client.GetAsync(name, Cancel);
            Assert.True(response.StatusCode == HttpStatusCode.OK, name);
        }
    }

    [Fact]
    public void Own_scripts_and_styles_stay_small()
    {
        var size = Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".js", StringComparison.Ordinal) || file.EndsWith(".css", StringComparison.Ordinal))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}vendor{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Sum(file => new FileInfo(file).Length);

        Assert.InRange(size, 1, MaxOwnBytes);
    }

    [Fact]
    public async Task Only_a_service_in_Development_links_to_the_API_reference() =>
        Assert.DoesNotContain("scalar", await Client.GetStringAsync("/", Cancel), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public async Task Served_module_is_the_published_one()
    {
        var given = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "clients", "agno-chat.js"), Cancel);

        Assert.Equal(given, await Client.GetStringAsync("/agno-chat.js", Cancel));
    }

    [Fact]
    public async Task Libraries_have_their_licenses()
    {
        Assert.Contains("MarkedJS", await Client.GetStringAsync("/vendor/marked/LICENSE.txt", Cancel), StringComparison.Ordinal);
        Assert.Contains("Apache License", await Client.GetStringAsync("/vendor/dompurify/LICENSE.txt", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unchanged_file_is_not_modified()
    {
        using var first = await Client.GetAsync("/app.js", Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/app.js") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var again = await Client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal("no-cache", first.Headers.CacheControl?.ToString());
    }

    [GeneratedRegex("""<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:""", RegexOptions.IgnoreCase)]
    private static partial Regex InlineCode();

    [GeneratedRegex("""(?:(?:src|href)="|from ')((?!#)[^"']+)["']""")]
    private static partial Regex FileNames();
}
