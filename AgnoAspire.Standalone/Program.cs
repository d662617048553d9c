using AgnoAspire.ApiService;
using AgnoAspire.ServiceDefaults;
using AgnoAspire.Standalone;
using AgnoAspire.Worker;

var builder = WebApplication.CreateBuilder(args);
builder.ListenByDefault("http://localhost:8000");
using var embedded = builder.UseEmbeddedRedisUnlessConfigured();
builder.AddServiceDefaults();
builder.AddChatApi();
builder.AddInferenceWorker();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapChatApi();
return await app.RunWithExampleAsync();
