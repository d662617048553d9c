namespace AgnoAspire.ApiService.Http;

/// <summary>Assigns each request an id for logs and responses: the caller's <c>X-Request-Id</c> if it is safe to log, else a new one.</summary>
internal static class RequestIds
{
    private const string Header = "X-Request-Id";
    private const int MaxLength = 64;

    public static void UseRequestIds(this WebApplication app) => app.Use(static (context, next) =>
    {
        var given = context.Request.Headers[Header].ToString();
        context.TraceIdentifier = IsSafe(given) ? given : JobId.New();
        context.Response.Headers[Header] = context.TraceIdentifier;
        return next(context);
    });

    private static bool IsSafe(string id) =>
        id.Length is > 0 and <= MaxLength && id.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');
}
