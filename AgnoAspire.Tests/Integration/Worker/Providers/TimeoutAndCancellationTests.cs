using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Integration.Worker.Providers;

/// <summary>How long a provider is waited for, how often it is asked again, and that it is disconnected when its answer is not wanted any more.</summary>
public sealed class TimeoutAndCancellationTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Cancelling_in_mid_answer_hangs_up_on_the_provider()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(FakeAnswers.After(FakeAnswers.Stall(), "Once"));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var pieces = host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, cancel.Token).GetAsyncEnumerator(cancel.Token);
        Assert.True(await pieces.MoveNextAsync());

        var next = pieces.MoveNextAsync();
        await cancel.CancelAsync();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        Assert.Equal(cancel.Token, thrown.CancellationToken);
        await fake.Exchanges.Single().Aborted.WaitAsync(Bound, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Cancelling_before_the_provider_says_anything_hangs_up_on_it()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(exchange => exchange.Aborted);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var pieces = host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, cancel.Token).GetAsyncEnumerator(cancel.Token);
        var first = pieces.MoveNextAsync();
        var exchange = await fake.NextAsync(TestContext.Current.CancellationToken);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first);
        await exchange.Aborted.WaitAsync(Bound, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_reader_that_leaves_between_pieces_hangs_up_on_the_provider()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint);
        fake.Then(FakeAnswers.After(FakeAnswers.Stall(), "Once"));

        await foreach (var piece in host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken))
        {
            Assert.Equal("Once", piece.Text);
            break;
        }

        await fake.Exchanges.Single().Aborted.WaitAsync(Bound, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("FirstTokenTimeout", new string[0])]
    [InlineData("IdleTimeout", new[] { "Once", " upon" })]
    [InlineData("TotalTimeout", new[] { "Once" })]
    public async Task Silence_is_a_time_out_and_hangs_up_on_the_provider(string limit, string[] before)
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ($"Models:m:{limit}", "00:00:00.250"));
        fake.Then(FakeAnswers.After(FakeAnswers.Stall(), before));

        var (pieces, failure) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        Assert.StartsWith(pieces.Text(), string.Concat(before), StringComparison.Ordinal);
        Assert.Equal((ErrorCode.ProviderTimeout, true), (failure?.Code, failure?.Transient));
        Assert.Contains("0.25 seconds", failure!.Message, StringComparison.Ordinal);
        await fake.Exchanges.Single().Aborted.WaitAsync(Bound, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_time_out_says_that_there_were_comments()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ("Models:m:IdleTimeout", "00:00:00.250"));
        fake.Then(FakeAnswers.After(FakeAnswers.Endless(": still here\n\n"), "Once"));

        var (_, failure) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        Assert.Equal("The provider of model 'm' sent nothing but comments for 0.25 seconds.", failure?.Message);
    }

    [Fact]
    public async Task A_provider_is_not_blamed_for_the_time_a_reader_takes()
    {
        var time = new FakeTimeProvider();
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, time);
        fake.Then(FakeAnswers.Text("Once", " upon", " a time."));
        var read = string.Empty;

        await foreach (var piece in host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken))
        {
            read += piece.Text;
            time.Advance(TimeSpan.FromMinutes(3));
        }

        Assert.Equal("Once upon a time.", read);
    }

    [Fact]
    public async Task An_answer_that_has_its_finish_reason_is_whole_even_if_the_provider_never_hangs_up()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ("Models:m:IdleTimeout", "00:00:00.250"));
        fake.Then(async exchange =>
        {
            await exchange.SendChunkAsync("All.", "stop");
            await exchange.Aborted;
        });

        var (pieces, failure) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        Assert.Null(failure);
        Assert.Equal(FinishReason.Stop, pieces[^1].FinishReason);
    }

    [Fact]
    public async Task A_passing_fault_before_the_first_text_is_not_seen_by_the_caller()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ("Models:m:Retries", "2"));
        fake.Then(FakeAnswers.Status(503)).Then(FakeAnswers.Close()).Then(FakeAnswers.Text("Here", " now."));

        var (pieces, failure) = await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken));

        Assert.Null(failure);
        Assert.Equal("Here now.", pieces.Text());
        Assert.Equal(3, fake.Exchanges.Count);
    }

    [Fact]
    public async Task Nothing_is_tried_again_once_text_was_shown_or_where_it_cannot_help()
    {
        await using var fake = await FakeOpenAI.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await ModelCatalogHost.StartAsync(fake.Endpoint, null, ("Models:m:Retries", "2"));
        fake.Then(FakeAnswers.After(FakeAnswers.Close(), "Once")).Then(FakeAnswers.Status(401)).Then(FakeAnswers.Status(429, "", ("Retry-After", "3600")));

        var codes = new List<string?>();
        for (var request = 1; request <= 3; request++)
        {
            codes.Add((await DeltaReader.ReadAsync(host.Model().StreamAsync(ModelCatalogHost.Prompt(), null, TestContext.Current.CancellationToken))).Failure?.Code);
            Assert.Equal(request, fake.Exchanges.Count);
        }

        Assert.Equal([ErrorCode.ProviderClosed, ErrorCode.ProviderAuthentication, ErrorCode.ProviderRateLimited], codes);
    }
}
