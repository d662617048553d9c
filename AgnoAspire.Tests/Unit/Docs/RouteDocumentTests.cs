using System.Text.RegularExpressions;
using AgnoAspire.ApiService;
using AgnoAspire.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace AgnoAspire.Tests.Unit.Docs;

/// <summary>requests.http and docs/api.md have every call of the routing table.</summary>
public sealed partial class RouteDocumentTests
{
    private const string OpenApiRoute = "GET /openapi/{documentName}.json";

    private static readonly Dictionary<string, string> Variables = new()
    {
        ["{{host}}"] = "",
        ["{{chat}}"] = "/api/v1/chat/id",
        ["{{completion}}"] = "/v1/chat/completions/id",
    };

    [Fact]
    public async Task Requests_file_has_every_call_and_no_other()
    {
        var routes = await RoutesAsync();
        var requests = Request().Matches(Documents.Read("requests.http")).Select(match => Replace(match.Value)).ToArray();
        var without = routes.Where(route => !requests.Any(request => Matches(route, request)));
        var unknown = requests.Where(request => !routes.Any(route => Matches(route, request)));

        Assert.Empty(without);
        Assert.Empty(unknown);
    }

    [Fact]
    public async Task Api_document_lists_every_call_and_no_other()
    {
        var calls = Documents.Rows(Documents.Read("docs/api.md")).SelectMany(row => Documents.Code(row[0])).Where(code => Request().IsMatch(code));

        Assert.Equal((await RoutesAsync()).Where(route => route != OpenApiRoute).Order(StringComparer.Ordinal), calls.Order(StringComparer.Ordinal));
    }

    private static async Task<IReadOnlyList<string>> RoutesAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", "127.0.0.1:1"), new("ChatApi:AllowAnonymous", "true")]);
        builder.AddServiceDefaults();
        builder.AddChatApi();
        await using var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapChatApi();
        return [.. ((IEndpointRouteBuilder)app).DataSources
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .SelectMany(MethodsOf, (endpoint, method) => $"{method} /{PathOf(endpoint)}")
            .Distinct()];
    }

    private static string PathOf(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText!.Trim('/').Replace("**", "", StringComparison.Ordinal);

    // The files of the chat page, the only ones that answer HEAD, are not calls; a health check answers every method.
    private static IEnumerable<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods switch
    {
        null => [HttpMethods.Get],
        { } methods when methods.Contains(HttpMethods.Head) => [],
        { } methods => methods,
    };

    private static string Replace(string request)
    {
        foreach (var (name, value) in Variables)
        {
            request = request.Replace(name, value, StringComparison.Ordinal);
        }

        return Variable().Replace(request, "value").Split('?')[0];
    }

    private static bool Matches(string route, string request) => Regex.IsMatch(request, $"^{Parameter().Replace(route, "[^/]+")}$");

    [GeneratedRegex("^(GET|POST|DELETE|PUT|PATCH) [^\r\n]+", RegexOptions.Multiline)]
    private static partial Regex Request();

    [GeneratedRegex(@"\{\{[^}]+\}\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
