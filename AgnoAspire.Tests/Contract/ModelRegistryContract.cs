using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Models;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Contract;

/// <summary>What the registry of models promises.</summary>
public abstract class ModelRegistryContract(ServerFixture server) : ServerContract(server)
{
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Clock_that_is_hours_off_hides_no_model(int hours)
    {
        await One.Get<ModelRegistry>().RegisterAsync([("other", "Some provider"), ("demo", "Demo, v1")]);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(hours));

        var models = await new ModelRegistry(One.Get<RedisConnection>(), One.Get<RedisKeys>(), One.Get<ChatJobsOptions>(), time).ReadAsync();

        Assert.Equal([("demo", "Demo, v1"), ("other", "Some provider")], models.Select(model => (model.Name, model.Provider)));
        Assert.All(models, model => Assert.InRange(TimeProvider.System.GetUtcNow() - model.RegisteredAt, -Limit, Limit));
    }

    [Fact]
    public async Task Model_that_is_not_registered_again_expires()
    {
        await One.Get<ModelRegistry>().RegisterAsync([("demo", "Demo")]);
        var registered = (await Database.HashGetAsync(One.Get<RedisKeys>().Models, "demo")).ToString().Split(' ')[0];
        var elevenMinutesAgo = long.Parse(registered, System.Globalization.CultureInfo.InvariantCulture) - 660_000;
        await Database.HashSetAsync(One.Get<RedisKeys>().Models, "demo", $"{elevenMinutesAgo} Demo");

        Assert.Empty(await One.Get<ModelRegistry>().ReadAsync());
        Assert.False(await Database.KeyExistsAsync(One.Get<RedisKeys>().Models));
    }
}

public sealed class ModelRegistryOnGarnetTests(EmbeddedFixture server) : ModelRegistryContract(server), IClassFixture<EmbeddedFixture>;

public sealed class ModelRegistryOnRedisTests(RedisFixture server) : ModelRegistryContract(server), IClassFixture<RedisFixture>;
