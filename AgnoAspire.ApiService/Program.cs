using AgnoAspire.ApiService;
using AgnoAspire.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.ListenByDefault("http://localhost:8000");
builder.AddServiceDefaults();
builder.AddChatApi();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapChatApi();
app.Run();
