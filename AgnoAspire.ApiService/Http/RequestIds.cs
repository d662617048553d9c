using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.ApiService.Http;

/// <summary>Gives each request an id for logs and answers: the caller's <c>X-Request-Id</c> where it is harmless, a new one otherwise.</summary>
internal static class RequestIds
{
    private const string Header = "X-Request-Id";
    private const int Longest = 64;

    public static void UseRequestIds(this WebApplication app) => app.Use(static (context, next) =>
    {
        var given = context.Request.Headers[Header].ToString();
        context.TraceIdentifier = IsHarmless(given) ? given : JobId.New();
        context.Response.Headers[Header] = context.TraceIdentifier;
        return next(context);
    });

    private static bool IsHarmless(string id) =>
        id.Length is > 0 and <= Longest && id.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');
}
