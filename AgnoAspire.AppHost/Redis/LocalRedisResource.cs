namespace AgnoAspire.AppHost.Redis;

/// <summary>A Redis-protocol server that runs as a process of this machine, on a free port of the loopback interface.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="server">The program and its arguments.</param>
/// <param name="directory">Where the server keeps its files.</param>
internal sealed class LocalRedisResource(string name, RedisServerProgram server, string directory)
    : ExecutableResource(name, server.Command, directory), IResourceWithConnectionString
{
    /// <summary>The name of the one endpoint.</summary>
    public const string EndpointName = "tcp";

    /// <summary>Gets the endpoint the server listens on itself: no proxy, so that a dropped connection is seen as one.</summary>
    public EndpointReference Endpoint => new(this, EndpointName);

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)}");
}
