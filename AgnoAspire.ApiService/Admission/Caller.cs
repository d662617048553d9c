namespace AgnoAspire.ApiService.Admission;

/// <summary>Who a request comes from, as far as jobs, queues and limits care.</summary>
internal static class Caller
{
    private const string Anonymous = "anonymous";

    public static string Of(HttpContext context) => context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } ? name : Anonymous;
}
