using System.Reflection;

namespace AgnoAspire.Tests.Architecture;

/// <summary>Each project keeps to its own business: what a room may know of the others is what DESIGN says, and nothing else.</summary>
public sealed class ArchitectureTests
{
    [Theory]
    [InlineData("AgnoAspire.ServiceDefaults", new string[0])]
    [InlineData("AgnoAspire.ChatJobs", new string[0])]
    [InlineData("AgnoAspire.ApiService", new[] { "AgnoAspire.ChatJobs", "AgnoAspire.ServiceDefaults" })]
    [InlineData("AgnoAspire.Worker", new[] { "AgnoAspire.ChatJobs", "AgnoAspire.ServiceDefaults" })]
    public void A_room_knows_no_other_room_than_it_may(string room, string[] allowed)
    {
        var known = Assembly.Load(room).GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("AgnoAspire.", StringComparison.Ordinal));

        Assert.Empty(known.Except(allowed));
    }

    [Theory]
    [InlineData("AgnoAspire.ApiService", "OpenAI")]
    [InlineData("AgnoAspire.ApiService", "Microsoft.Extensions.AI")]
    [InlineData("AgnoAspire.Worker", "Microsoft.AspNetCore.OpenApi")]
    [InlineData("AgnoAspire.ChatJobs", "Microsoft.Extensions.AI")]
    public void A_room_keeps_to_its_own_business(string room, string stranger)
    {
        var known = Assembly.Load(room).GetReferencedAssemblies().Select(name => name.Name!);

        Assert.DoesNotContain(stranger, known);
    }
}
