using Microsoft.Extensions.Configuration;

namespace AgnoAspire.AppHost;

/// <summary>What can be set about the application's composition; section <c>AgnoAspire</c> of the AppHost's configuration.</summary>
internal sealed record AppHostSettings
{
    private const string Section = "AgnoAspire";

    /// <summary>Gets where Redis comes from. Default <see cref="RedisMode.Auto"/>.</summary>
    public RedisMode Redis { get; init; }

    /// <summary>Gets how many API processes share the port. Default 1.</summary>
    public int ApiReplicas { get; init; } = 1;

    /// <summary>Gets how many worker processes there are. Default 2, so that one can be restarted under a running chat.</summary>
    public int WorkerReplicas { get; init; } = 2;

    /// <summary>Gets the port of the API on this machine. Default 8000, as the published samples have it.</summary>
    public int ApiPort { get; init; } = 8000;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">A value is not of its type.</exception>
    public static AppHostSettings Read(IConfiguration configuration) => configuration.GetSection(Section).Get<AppHostSettings>() ?? new AppHostSettings();
}
