namespace AgnoAspire.AppHost.Redis;

/// <summary>Where the application's Redis comes from.</summary>
internal enum RedisMode
{
    /// <summary><see cref="External"/> if <c>ConnectionStrings:redis</c> is set, else <see cref="Local"/>: nothing must be installed.</summary>
    Auto,

    /// <summary>A process of this machine: the first of redis-server, valkey-server and garnet-server that is installed, else Garnet as a .NET tool.</summary>
    Local,

    /// <summary>A container; needs Docker or Podman.</summary>
    Container,

    /// <summary>The server that <c>ConnectionStrings:redis</c> names.</summary>
    External,
}
