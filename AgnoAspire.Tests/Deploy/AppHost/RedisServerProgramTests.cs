using AgnoAspire.AppHost.Redis;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>Which server a developer's machine gets.</summary>
public sealed class RedisServerProgramTests
{
    [Theory]
    [InlineData("redis-server")]
    [InlineData("valkey-server")]
    [InlineData("garnet-server")]
    public void An_installed_server_is_taken(string program)
    {
        var directory = Directory.CreateTempSubdirectory("agno-path-");
        var file = Path.Combine(directory.FullName, OperatingSystem.IsWindows() ? $"{program}.exe" : program);
        File.WriteAllText(file, "");

        var found = RedisServerProgram.Find($"{Path.GetTempPath()}no-such-directory{Path.PathSeparator}{directory.FullName}");
        directory.Delete(recursive: true);

        Assert.Equal(file, found.Command);
        Assert.Equal("127.0.0.1", found.Arguments[1]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Where_none_is_installed_the_SDK_brings_Garnet(string? path)
    {
        var found = RedisServerProgram.Find(path);

        Assert.Equal("dotnet", found.Command);
        Assert.Contains("--lua-transaction-mode", found.Arguments);
    }
}
