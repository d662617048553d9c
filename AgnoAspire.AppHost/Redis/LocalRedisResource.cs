namespace AgnoAspire.AppHost;

/// <summary>A Redis-protocol server that runs as a process of this machine, on a free port of the loopback interface.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="server">The program and its arguments.</param>
internal sealed class LocalRedisResource(string name, RedisServerProgram server)
    : ExecutableResource(name, server.Command, Path.GetTempPath()), IResourceWithConnectionString
{
    /// <summary>The name of the one endpoint.</summary>
    public const string EndpointName = "tcp";

    /// <summary>Gets the endpoint the server listens on itself: no proxy, so that a dropped connection is seen as one.</summary>
    public EndpointReference Endpoint => new(this, EndpointName);

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)}");
}
