using AgnoAspire.ApiService.Authentication;

namespace AgnoAspire.ApiService.Admission;

/// <summary>Who a request comes from, as far as jobs, queues and limits care.</summary>
internal static class Caller
{
    public static string Of(HttpContext context) => CallerIdentity.Read(context.User) ?? CallerIdentity.Anonymous;
}
