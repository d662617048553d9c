using System.ClientModel;
using System.ClientModel.Primitives;
using AgnoAspire.Worker.Catalog;
using Microsoft.Extensions.ServiceDiscovery.Http;
using OpenAI;
using OpenAI.Chat;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>A provider that speaks the OpenAI protocol, and the connections to it.</summary>
internal sealed partial class OpenAIProvider : IDisposable
{
    public static readonly Uri OwnEndpoint = new("https://api.openai.com/v1");

    // The package requires a key; this one is never sent.
    private const string NoKey = "none";

    private static readonly string[] AzureDomains = [".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"];

    private readonly string name;
    private readonly ProviderOptions options;
    private readonly TimeProvider timeProvider;
    private readonly SocketsHttpHandler handler;
    private readonly HttpClient connections;
    private readonly OpenAIClientOptions clientOptions;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<string, bool> dropped = new(StringComparer.Ordinal);

    public OpenAIProvider(
        string name, ProviderOptions options, IServiceDiscoveryHttpMessageHandlerFactory? discovery, TimeProvider timeProvider, ILogger logger)
    {
        this.logger = logger;
        this.name = name;
        this.options = options;
        this.timeProvider = timeProvider;

        // Not the factory's handlers: resilience or logging that the application adds to its HTTP clients must not touch inference.
        handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            UseCookies = false,

            // A cancelled answer closes its connection; reading it to the end would keep the provider generating.
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(200),
        };
        connections = new HttpClient(discovery?.CreateHandler(handler) ?? handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        clientOptions = new OpenAIClientOptions
        {
            Endpoint = Endpoint,
            UserAgentApplicationId = "AgnoAspire",
            Transport = new HttpClientPipelineTransport(connections),

            // Failover decides about retries and time limits: it knows what was already sent to viewers.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        };
        clientOptions.AddPolicy(
            new ApiKeyPolicy(options.ApiKey, options.KeyHeader ?? (IsAzure(Endpoint) ? "api-key" : null)), PipelinePosition.BeforeTransport);
    }

    // An address without a path gets the path that nearly every server uses.
    private Uri Endpoint => options.Endpoint switch
    {
        null => OwnEndpoint,
        { AbsolutePath: "/" } bare => new Uri(bare, IsAzure(bare) ? "/openai/v1" : "/v1"),
        var whole => whole,
    };

    /// <summary>Returns the endpoint that serves a model.</summary>
    public ModelEndpoint Serve(string publicName, string upstreamModel, bool captureContent)
    {
        var chat = new ChatClient(upstreamModel, new ApiKeyCredential(string.IsNullOrEmpty(options.ApiKey) ? NoKey : options.ApiKey), clientOptions);
        var metadata = new ChatClientMetadata("openai", Endpoint, upstreamModel);
        var errors = new ProviderErrorMapper(publicName, options.ApiKey, timeProvider);
        var isOpenAI = IsAzure(Endpoint) || Endpoint.Host.Equals(OwnEndpoint.Host, StringComparison.OrdinalIgnoreCase);
        var request = new OpenAIRequest(upstreamModel, options.Dialect ?? (isOpenAI ? Dialect.OpenAI : Dialect.Compatible), options);
        return ModelEndpoint.Create(name, _ => new OpenAICompatibleChatClient(chat, metadata, request, options, errors, LogNewlyDropped), captureContent);
    }

    public void Dispose()
    {
        connections.Dispose();
        handler.Dispose();
    }

    // Each field once, so that the log says what a provider does not get, and not how often.
    private void LogNewlyDropped(IReadOnlyList<string> fields)
    {
        var added = fields.Where(field => dropped.TryAdd(field, true)).ToList();
        if (added.Count > 0)
        {
            LogDropped(name, string.Join(", ", added));
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "Provider {Provider} does not get these fields of requests as they were sent: {Fields}. Logged once for each.")]
    private partial void LogDropped(string provider, string fields);

    private static bool IsAzure(Uri endpoint) => AzureDomains.Any(domain => endpoint.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase));

    /// <summary>Moves the key from <c>Authorization</c> to its own header, if it has one; removes the placeholder if there is no key.</summary>
    private sealed class ApiKeyPolicy(string? key, string? header) : PipelinePolicy
    {
        private const string Authorization = "Authorization";

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            if (string.IsNullOrEmpty(key))
            {
                message.Request.Headers.Remove(Authorization);
            }
            else if (header is not null && !header.Equals(Authorization, StringComparison.OrdinalIgnoreCase))
            {
                message.Request.Headers.Remove(Authorization);
                message.Request.Headers.Set(header, key);
            }

            return ProcessNextAsync(message, pipeline, currentIndex);
        }

        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) => throw new NotSupportedException();
    }
}
