using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Integration.Worker.Providers;

/// <summary>A model <c>m</c> with endpoints <c>p0</c>, <c>p1</c>… at fake providers, and a clock of its own.</summary>
internal sealed class RoutedModel : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private RoutedModel(ModelCatalogHost host, FakeOpenAI[] providers, FakeTimeProvider time)
    {
        Host = host;
        Providers = providers;
        Time = time;
    }

    public FakeOpenAI[] Providers { get; }

    public FakeTimeProvider Time { get; }

    public ServedModel Model => Host.Model();

    public ModelCatalogHost Host { get; }

    /// <summary>How many requests each provider has seen.</summary>
    public IEnumerable<int> Requests => Providers.Select(provider => provider.Exchanges.Count);

    public static async Task<RoutedModel> StartAsync(int[] weights, params (string Name, string Value)[] more)
    {
        var providers = new FakeOpenAI[weights.Length];
        var settings = new Dictionary<string, string?> { ["Models:m:Retries"] = "0" };
        for (var index = 0; index < weights.Length; index++)
        {
            providers[index] = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
            providers[index].Default = FakeAnswers.Text($"p{index}");
            settings[$"Providers:p{index}:Endpoint"] = providers[index].Endpoint.ToString();
            settings[$"Models:m:Endpoints:{index}:Provider"] = $"p{index}";
            settings[$"Models:m:Endpoints:{index}:UpstreamModel"] = $"upstream-{index}";
            settings[$"Models:m:Endpoints:{index}:Weight"] = $"{weights[index]}";
        }

        foreach (var (name, value) in more)
        {
            settings[name] = value;
        }

        var time = new FakeTimeProvider();
        return new RoutedModel(await ModelCatalogHost.StartAsync(settings, timeProvider: time), providers, time);
    }

    /// <summary>Asks once: the answer's text, or the failure's code in brackets after it.</summary>
    public async Task<string> AskAsync(CancellationToken? cancellationToken = null)
    {
        var (pieces, failure) = await ReadAsync(cancellationToken);
        return failure is null ? pieces.Text() : $"{pieces.Text()}[{failure.Code}]";
    }

    public Task<(List<CompletionDelta> Pieces, InferenceException? Failure)> ReadAsync(CancellationToken? cancellationToken = null) =>
        DeltaReader.ReadAsync(Model.StreamAsync(ModelCatalogHost.Prompt(), null, cancellationToken ?? TestContext.Current.CancellationToken))
            .WaitAsync(Bound, TestContext.Current.CancellationToken);

    /// <summary>Asks several times, one after another.</summary>
    public async Task<List<string>> AskAsync(int times)
    {
        var answers = new List<string>();
        for (var time = 0; time < times; time++)
        {
            answers.Add(await AskAsync());
        }

        return answers;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        foreach (var provider in Providers)
        {
            await provider.DisposeAsync();
        }
    }
}
