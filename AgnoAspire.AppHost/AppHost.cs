var builder = DistributedApplication.CreateBuilder(args);

var redis = builder.AddRedis("redis");

var worker = builder.AddProject<Projects.AgnoAspire_Worker>("worker")
    .WithReference(redis)
    .WaitFor(redis)
    .WithReplicas(2);

builder.AddProject<Projects.AgnoAspire_ApiService>("api")
    .WithHttpHealthCheck("/health")
    .WithReference(redis)
    .WaitFor(redis)
    .WaitFor(worker);

builder.Build().Run();
