using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace AgnoAspire.ApiService.Page;

/// <summary>The chat page at <c>/</c>, its files and the client module at <c>/agno-chat.js</c>, served from this assembly's resources.</summary>
internal static class ChatPage
{
    private const string ResourcePrefix = "page/";

    private const string IndexFile = "index.html";

    // Nothing inline, nothing from another host; HTML reaches the document through the sanitizer only.
    private const string ContentSecurityPolicy =
        "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'; "
        + "require-trusted-types-for 'script'; trusted-types dompurify";

    /// <summary>Maps every file of the page by its own path; the files are open to everyone, whatever the policy of the API.</summary>
    public static void MapChatPage(this IEndpointRouteBuilder endpoints)
    {
        var contentTypes = new FileExtensionContentTypeProvider();
        var page = endpoints.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        foreach (var resource in Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(IsOfThePage))
        {
            var path = resource[ResourcePrefix.Length..];
            var contentType = contentTypes.TryGetContentType(path, out var known) ? known : "application/octet-stream";
            var file = Read(resource);
            var entityTag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(file))[..16]}\"");
            page.MapMethods(path == IndexFile ? "/" : path, [HttpMethods.Get, HttpMethods.Head], IResult (HttpResponse response) =>
            {
                Protect(response.Headers);
                return TypedResults.Bytes(file, WithCharset(contentType), entityTag: entityTag);
            });
        }
    }

    private static bool IsOfThePage(string resource) => resource.StartsWith(ResourcePrefix, StringComparison.Ordinal);

    private static byte[] Read(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return file;
    }

    private static string WithCharset(string contentType) =>
        contentType.StartsWith("text/", StringComparison.Ordinal) ? $"{contentType}; charset=utf-8" : contentType;

    // Kept by browsers but asked for again each time, so a new version of the service is a new page at once.
    private static void Protect(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }
}
