namespace AgnoAspire.AppHost;

/// <summary>Where the application's Redis comes from.</summary>
internal enum RedisMode
{
    /// <summary>An external one where <c>ConnectionStrings:redis</c> is set, else a local process: nothing has to be installed.</summary>
    Auto,

    /// <summary>A process on this machine: the first of redis-server, valkey-server and garnet-server that is installed, else Garnet as a .NET tool.</summary>
    Local,

    /// <summary>A container; needs Docker or Podman.</summary>
    Container,

    /// <summary>The one that <c>ConnectionStrings:redis</c> names.</summary>
    External,
}
