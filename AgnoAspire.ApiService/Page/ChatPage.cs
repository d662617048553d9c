using System.Reflection;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace AgnoAspire.ApiService.Page;

/// <summary>The chat page at <c>/</c>, its files and the client module at <c>/agno-chat.js</c>, served from this assembly's resources.</summary>
internal static partial class ChatPage
{
    private const string ResourcePrefix = "page/";

    private const string IndexFile = "index.html";

    // Nothing inline and nothing from other hosts; HTML enters the document only through the sanitizer.
    private const string ContentSecurityPolicy =
        "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'; "
        + "require-trusted-types-for 'script'; trusted-types dompurify";

    /// <summary>Maps every file of the page; the files require no authentication.</summary>
    public static void MapChatPage(this IEndpointRouteBuilder endpoints)
    {
        var contentTypes = new FileExtensionContentTypeProvider();
        var isDevelopment = endpoints.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment();
        var page = endpoints.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        foreach (var resource in Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(IsPageFile))
        {
            var path = resource[ResourcePrefix.Length..];
            var contentType = contentTypes.TryGetContentType(path, out var known) ? known : "application/octet-stream";
            var file = path == IndexFile && !isDevelopment ? WithoutDevelopment(Read(resource)) : Read(resource);
            var entityTag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(file))[..16]}\"");
            page.MapMethods(path == IndexFile ? "/" : path, [HttpMethods.Get, HttpMethods.Head], IResult (HttpResponse response) =>
            {
                Protect(response.Headers);
                return TypedResults.Bytes(file, WithCharset(contentType), entityTag: entityTag);
            });
        }
    }

    private static bool IsPageFile(string resource) => resource.StartsWith(ResourcePrefix, StringComparison.Ordinal);

    private static byte[] Read(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return file;
    }

    // Links to what only a service in Development serves.
    private static byte[] WithoutDevelopment(byte[] document) =>
        Encoding.UTF8.GetBytes(DevelopmentPart().Replace(Encoding.UTF8.GetString(document), ""));

    [GeneratedRegex("<!-- development -->.*?<!-- /development -->", RegexOptions.Singleline)]
    private static partial Regex DevelopmentPart();

    private static string WithCharset(string contentType) =>
        contentType.StartsWith("text/", StringComparison.Ordinal) ? $"{contentType}; charset=utf-8" : contentType;

    // Browsers revalidate at each load, so a new version of the service has a new page at once.
    private static void Protect(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }
}
