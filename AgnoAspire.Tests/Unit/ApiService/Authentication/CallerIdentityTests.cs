using AgnoAspire.ApiService.Authentication;

namespace AgnoAspire.Tests.Unit.ApiService.Authentication;

/// <summary>Callers in configured lists, such as the operators.</summary>
public sealed class CallerIdentityTests
{
    private static readonly string[] Operators = ["ops", "anonymous", "jwt:admin@https://issuer.example"];

    [Theory]
    [InlineData("key:ops", true)]
    [InlineData("key:anonymous", true)]
    [InlineData("jwt:admin@https://issuer.example", true)]
    [InlineData("key:dev", false)]
    [InlineData("jwt:ops@https://issuer.example", false)]
    [InlineData("jwt:admin@https://other.example", false)]
    [InlineData("anonymous", false)]
    public void Key_is_listed_by_its_name_and_token_by_subject_and_issuer(string caller, bool isListed) =>
        Assert.Equal(isListed, CallerIdentity.IsListed(caller, Operators));

    [Fact]
    public void Key_and_token_of_the_same_name_are_different_callers() =>
        Assert.NotEqual(CallerIdentity.OfKey("ops"), CallerIdentity.OfToken("ops", ""));
}
