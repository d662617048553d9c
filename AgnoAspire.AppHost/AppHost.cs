using AgnoAspire.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var settings = AppHostSettings.Read(builder.Configuration);

var redis = builder.AddChatRedis(settings).WithQueueCommands();

builder.AddWorkers(settings, redis);
builder.AddChatApi(settings, redis);
builder.PublishAsHelmChart();

builder.Build().Run();
