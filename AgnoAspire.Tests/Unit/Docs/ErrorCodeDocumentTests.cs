using System.Reflection;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AgnoAspire.Tests.Unit.Docs;

/// <summary>docs/api.md lists every error code with its status.</summary>
public sealed class ErrorCodeDocumentTests
{
    private const string Document = "docs/api.md";

    [Fact]
    public void Document_lists_every_code_of_a_response_with_its_status()
    {
        var actual = Problems().Select(problem => (Code: (string)problem.ProblemDetails.Extensions["code"]!, Status: problem.StatusCode)).ToHashSet();
        var documented = Rows("Before the first byte");

        Assert.Equal(actual.Select(problem => problem.Code).Distinct().Order(StringComparer.Ordinal), documented.Select(row => row.Code).Order(StringComparer.Ordinal));
        Assert.Empty(documented.Except(actual));
    }

    [Fact]
    public void Document_lists_every_code_of_a_failed_chat_with_its_status()
    {
        var actual = Constants(typeof(ErrorCode)).Select(code => (code, ApiProblems.Failed(new ChatError(code, "")).StatusCode));

        Assert.Equal(actual.Order(), Rows("In a stream").Order());
    }

    [Fact]
    public void Document_names_every_constant() =>
        Assert.Empty(Constants(typeof(ApiErrorCode)).Except(Documents.Code(Documents.Read(Document))));

    private static IEnumerable<string> Constants(Type type) => type.GetFields().Select(field => (string)field.GetRawConstantValue()!);

    private static (string Code, int Status)[] Rows(string section) =>
        [.. Documents.Rows(Documents.Section(Document, section)).Select(row => (row[0].Trim('`'), int.Parse(row[1], CultureInfo.InvariantCulture)))];

    // Every method that makes a problem but the one for a chat that failed, whose code comes from the chat.
    private static IEnumerable<ProblemHttpResult> Problems() => typeof(ApiProblems).GetMethods(BindingFlags.Public | BindingFlags.Static)
        .Where(method => method.ReturnType == typeof(ProblemHttpResult) && method.Name != nameof(ApiProblems.Failed))
        .Select(method => (ProblemHttpResult)method.Invoke(null, [.. method.GetParameters().Select(ArgumentFor)])!)
        .Concat(Enumerable.Range(400, 200).Select(ApiProblems.Status));

    private static object ArgumentFor(ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => "",
        var type when type == typeof(HttpContext) => new DefaultHttpContext(),
        var type when type.IsAssignableFrom(typeof(string[])) => Array.Empty<string>(),
        var type => Convert.ChangeType(StatusCodes.Status400BadRequest, type, CultureInfo.InvariantCulture),
    };
}
