using AgnoAspire.ServiceDefaults;
using AgnoAspire.Worker;

var builder = WebApplication.CreateBuilder(args);
builder.ListenByDefault("http://127.0.0.1:0");
builder.AddServiceDefaults();
builder.AddInferenceWorker();

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
