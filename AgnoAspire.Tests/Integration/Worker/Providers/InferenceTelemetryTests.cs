using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Integration.Worker.Providers;

/// <summary>Inference is traced by the GenAI conventions, and says nothing of what was said unless it is switched on.</summary>
public sealed class InferenceTelemetryTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("false", false)]
    [InlineData("true", true)]
    public async Task Prompts_and_answers_are_in_traces_only_where_that_is_switched_on(string? capture, bool expected)
    {
        var model = $"traced-{Guid.NewGuid():N}";
        var traced = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ChatTelemetry.Inference,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TagObjects.Any(tag => Equals(tag.Value, model)))
                {
                    traced.Enqueue(string.Join('\n', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Concat(activity.Events.SelectMany(e => e.Tags).Select(tag => $"{tag.Key}={tag.Value}"))));
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(
            fake.Endpoint, null, ("Models:m:UpstreamModel", model), ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", capture!));
        fake.Then(FakeAnswers.Text("private answer"));

        await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt("private prompt"), null, TestContext.Current.CancellationToken));

        var tags = Assert.Single(traced);
        Assert.Contains("gen_ai.usage.output_tokens=1", tags, StringComparison.Ordinal);
        Assert.Equal(expected, tags.Contains("private prompt", StringComparison.Ordinal));
        Assert.Equal(expected, tags.Contains("private answer", StringComparison.Ordinal));
        Assert.DoesNotContain(ModelCatalogHost.Key, tags, StringComparison.Ordinal);
    }
}
