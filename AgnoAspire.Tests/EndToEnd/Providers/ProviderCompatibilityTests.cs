using System.Net.Http.Json;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Tests.Unit.Docs;

namespace AgnoAspire.Tests.EndToEnd.Providers;

/// <summary>
/// Whatever shape a provider's answer has, the same arrives through both APIs, streamed and not. docs/compatibility.md lists the shapes; with
/// UPDATE_COMPATIBILITY=1 in the environment its table is written anew.
/// </summary>
public sealed class ProviderCompatibilityTests(ProviderShapeFixture fixture) : IClassFixture<ProviderShapeFixture>
{
    private const string Document = "docs/compatibility.md";
    private const string Begin = "<!-- providers: written by ProviderCompatibilityTests -->\n";
    private const string End = "<!-- end of providers -->";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Families => [.. ProviderShapeFixture.Shapes.Select(shape => shape.Family)];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Same_answer_arrives_everywhere(string family)
    {
        var shape = ProviderShapeFixture.Shapes.Single(shape => shape.Family == family);

        Assert.Equal(Expected(shape, isOpenAI: false, isStreamed: true), await AskAsync(shape, isOpenAI: false, isStreamed: true));
        Assert.Equal(Expected(shape, isOpenAI: false, isStreamed: false), await AskAsync(shape, isOpenAI: false, isStreamed: false));
        Assert.Equal(Expected(shape, isOpenAI: true, isStreamed: true), await AskAsync(shape, isOpenAI: true, isStreamed: true));
        Assert.Equal(Expected(shape, isOpenAI: true, isStreamed: false), await AskAsync(shape, isOpenAI: true, isStreamed: false));
    }

    [Fact]
    public async Task Chat_says_which_fields_the_provider_did_not_get()
    {
        var shape = ProviderShapeFixture.Shapes.Single(shape => shape.RefusesStreamOptions);
        using var request = JsonContent.Create(new { model = ProviderShapeFixture.ModelOf(shape), messages = new[] { new { role = "user", content = "Hello" } }, stream = false });
        using var response = await fixture.Cluster.Apis[0].Client.PostAsync(new Uri(ChatClient.Path, UriKind.Relative), request, Cancel);
        var id = response.Headers.GetValues("X-Stream-Id").Single();

        var status = await fixture.Cluster.Apis[0].Client.GetFromJsonAsync<JsonElement>(new Uri($"{ChatClient.Path}/{id}", UriKind.Relative), Cancel);

        Assert.Equal(["stream_options"], status.GetProperty("dropped_fields").EnumerateArray().Select(field => field.GetString()));
    }

    [Fact]
    public void Document_lists_every_shape()
    {
        var table = new StringBuilder("| provider | sends | arrives | does not, and why |\n|---|---|---|---|\n");
        foreach (var shape in ProviderShapeFixture.Shapes)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {shape.Family} | {shape.Sends} | {Arrives(shape)} | {shape.Missing} |\n");
        }

        var path = Path.Combine(Repository.Root, Document);
        var text = Documents.Read(Document);
        var (start, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("UPDATE_COMPATIBILITY") == "1")
        {
            File.WriteAllText(path, $"{text[..start]}{table}{text[end..]}");
            return;
        }

        Assert.True(text[start..end] == table.ToString(), $"The shapes have changed. Run this test with UPDATE_COMPATIBILITY=1 in the environment and commit {Document}.");
    }

    private static string Arrives(ProviderShape shape) => string.Join(", ", new[]
    {
        shape.Text.Length > 0 ? "text" : "",
        shape.Reasoning.Length > 0 ? "reasoning" : "",
        shape.Calls.Length > 0 ? $"calls `{shape.Calls}`" : "",
        shape.Error is { } error ? $"`{error.Code}` with “{error.Words}”" : $"`{shape.Finish}`{(shape.ProviderFinish is { } own ? $" (`{own}`)" : "")}",
        shape.Error is not null ? "" : shape.Usage is null ? "estimated usage" : "usage",
    }.Where(part => part.Length > 0));

    // A failed answer that is not streamed has no text, and the chat API without streaming no calls.
    private static ReceivedAnswer Expected(ProviderShape shape, bool isOpenAI, bool isStreamed) => shape.Error is { } error
        ? new ReceivedAnswer { Text = isStreamed ? shape.Text : "", Error = $"{error.Code}: {error.Words}" }
        : new ReceivedAnswer
        {
            Text = shape.Text,
            Reasoning = shape.Reasoning,
            Calls = isOpenAI || isStreamed ? shape.Calls : "",
            Finish = shape.Finish + (isOpenAI || shape.ProviderFinish is null ? "" : $" ({shape.ProviderFinish})"),
            Usage = shape.Usage is null ? "estimated" : ReceivedAnswer.Canonical(JsonElement.Parse(shape.Usage)),
        };

    private async Task<ReceivedAnswer> AskAsync(ProviderShape shape, bool isOpenAI, bool isStreamed)
    {
        var body = new Dictionary<string, object>
        {
            ["model"] = ProviderShapeFixture.ModelOf(shape),
            ["messages"] = new[] { new { role = "user", content = "Hello" } },
            ["stream"] = isStreamed,
        };
        if (isOpenAI && isStreamed)
        {
            body["stream_options"] = new { include_usage = true };
        }

        using var request = JsonContent.Create(body);
        using var response = await fixture.Cluster.Apis[0].Client.PostAsync(new Uri(isOpenAI ? "/v1/chat/completions" : ChatClient.Path, UriKind.Relative), request, Cancel);
        return ReceivedAnswer.Read(await response.Content.ReadAsStringAsync(Cancel), shape.Error?.Words);
    }
}

/// <summary>A cluster with a model for each shape, since the circuit of one that fails often opens.</summary>
public sealed class ProviderShapeFixture : IAsyncLifetime
{
    private Cluster? cluster;

    public static IReadOnlyList<ProviderShape> Shapes { get; } = [.. ProviderShapes.All, .. OddProviderShapes.Answers, .. OddProviderShapes.Failures];

    public Cluster Cluster => cluster!;

    public static string ModelOf(ProviderShape shape) => $"shape-{Shapes.TakeWhile(other => other != shape).Count()}";

    public async ValueTask InitializeAsync()
    {
        cluster = await Cluster.StartAsync(apis: 1, workers: 1, settings =>
        {
            foreach (var model in Shapes.Select(ModelOf))
            {
                settings[$"Models__{model}__Provider"] = "fake";
                settings[$"Models__{model}__Retries"] = "0";
            }
        });
        foreach (var shape in Shapes)
        {
            cluster.Provider.For(ModelOf(shape), exchange => AnswerAsync(exchange, shape));
        }
    }

    public async ValueTask DisposeAsync() => await (cluster?.DisposeAsync() ?? ValueTask.CompletedTask);

    private static async Task AnswerAsync(FakeExchange exchange, ProviderShape shape)
    {
        if (shape.RefusesStreamOptions && exchange.Body.Contains("stream_options", StringComparison.Ordinal))
        {
            await exchange.BeginAsync(422, "application/json");
            await exchange.SendAsync("""{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}""");
            return;
        }

        await exchange.BeginAsync(shape.Status, shape.ContentType);
        var lines = shape.Wire.Split('\n').Select(line => line.StartsWith('{') ? $"data: {line}\n\n" : $"{line}\n");
        await exchange.SendAsync(string.Concat(lines).TrimEnd('\n'));
    }
}
