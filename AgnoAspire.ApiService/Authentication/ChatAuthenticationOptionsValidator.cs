using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Keeps a service from starting that anybody could use, or whose keys could never fit; says what to set.</summary>
internal sealed partial class ChatAuthenticationOptionsValidator(IHostEnvironment environment, CallerAuthentication schemes) : IValidateOptions<ChatAuthenticationOptions>
{
    public ValidateOptionsResult Validate(string? name, ChatAuthenticationOptions options)
    {
        List<string> failures = [.. options.ApiKeys.SelectMany(ValidateKey), .. options.CorsOrigins.Where(origin => !IsOrigin(origin)).Select(WrongOrigin)];
        if (options.ApiKeys.Count == 0 && !schemes.HasTokens && !options.AllowAnonymous && !environment.IsDevelopment())
        {
            failures.Add(
                "Nobody could be told from anybody: set ChatApi:ApiKeys:0:Name and ChatApi:ApiKeys:0:Sha256 (printf %s \"$KEY\" | sha256sum), "
                + "or Authentication:Schemes:Bearer for tokens of an issuer, or ChatApi:AllowAnonymous=true if the network lets nobody else in.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> ValidateKey(ApiKeyOptions key, int index)
    {
        if (!NameForm.IsMatch(key.Name))
        {
            yield return $"ChatApi:ApiKeys:{index}:Name has to be 1 to 64 letters, digits or _.-";
        }

        if (!HashForm.IsMatch(key.Sha256))
        {
            yield return $"ChatApi:ApiKeys:{index}:Sha256 has to be the key's SHA-256 as 64 hexadecimal digits, not the key itself.";
        }

        if (key.RequestsPerMinute < 1 || key.TokensPerMinute < 1)
        {
            yield return $"ChatApi:ApiKeys:{index}: RequestsPerMinute and TokensPerMinute have to be at least 1.";
        }
    }

    private static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == origin;

    private static string WrongOrigin(string origin) => $"ChatApi:CorsOrigins has '{origin}', which is no origin such as https://app.example.com (no path, no slash at the end, no *).";

    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$")]
    private static partial Regex NameForm { get; }

    [GeneratedRegex("^[0-9A-Fa-f]{64}$")]
    private static partial Regex HashForm { get; }
}
