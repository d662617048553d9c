using AgnoAspire.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var settings = AppHostSettings.Read(builder.Configuration);

var redis = builder.AddChatRedis(settings);
var openAIKey = builder.AddOpenAIKey();

builder.AddWorkers(settings, redis, openAIKey);
builder.AddChatApi(settings, redis);
builder.AddHelmChart();

builder.Build().Run();
