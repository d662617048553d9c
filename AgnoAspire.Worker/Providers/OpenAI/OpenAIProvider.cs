using System.ClientModel;
using System.ClientModel.Primitives;
using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Worker.Catalog;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.ServiceDiscovery.Http;
using OpenAI;
using OpenAI.Chat;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>A provider that speaks the OpenAI protocol, and the connections to it.</summary>
internal sealed class OpenAIProvider : IDisposable
{
    /// <summary>OpenAI's own endpoint.</summary>
    public static readonly Uri OwnEndpoint = new("https://api.openai.com/v1");

    /// <summary>Stands for a key where there is none; never sent.</summary>
    private const string NoKey = "none";

    private static readonly string[] AzureDomains = [".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"];

    private readonly string name;
    private readonly ProviderOptions options;
    private readonly TimeProvider timeProvider;
    private readonly SocketsHttpHandler connections;
    private readonly HttpMessageHandler handler;

    /// <summary>Initializes a new instance of the <see cref="OpenAIProvider"/> class.</summary>
    /// <param name="name">The provider's name, its label too.</param>
    /// <param name="options">Where it is and how it is used.</param>
    /// <param name="discovery">Resolves an endpoint such as <c>http://vllm</c> to where the orchestrator has put it; may be <see langword="null"/>.</param>
    /// <param name="timeProvider">The clock.</param>
    public OpenAIProvider(string name, ProviderOptions options, IServiceDiscoveryHttpMessageHandlerFactory? discovery, TimeProvider timeProvider)
    {
        this.name = name;
        this.options = options;
        this.timeProvider = timeProvider;

        // Handlers of our own, not the factory's: whatever resilience or logging the application adds to its HTTP clients must not touch inference.
        connections = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            UseCookies = false,

            // An answer nobody wants is hung up on, not read to its end for the sake of the connection.
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(200),
        };
        handler = discovery?.CreateHandler(connections) ?? connections;
    }

    /// <summary>The address with its path; nearly every server has its protocol under <c>/v1</c>.</summary>
    private Uri Endpoint => options.Endpoint switch
    {
        null => OwnEndpoint,
        { AbsolutePath: "/" } bare => new Uri(bare, IsAzure(bare) ? "/openai/v1" : "/v1"),
        var whole => whole,
    };

    /// <summary>The header for the key alone, or <see langword="null"/> where it goes where the package puts it, after <c>Bearer</c>.</summary>
    private string? KeyHeader => options.KeyHeader switch
    {
        null => IsAzure(Endpoint) ? "api-key" : null,
        var named => named.Equals("Authorization", StringComparison.OrdinalIgnoreCase) ? null : named,
    };

    /// <summary>Makes the endpoint that answers for a model.</summary>
    /// <param name="publicName">The model's public name.</param>
    /// <param name="upstreamModel">The model's name at the provider.</param>
    /// <param name="captureContent">Whether prompts and answers go into telemetry.</param>
    /// <returns>The endpoint.</returns>
    public ModelEndpoint Serve(string publicName, string upstreamModel, bool captureContent)
    {
        var failures = new ProviderFailures(publicName, options.ApiKey, timeProvider);
#pragma warning disable CA2000 // They live as long as the endpoint; what holds resources is the shared handler, which is disposed here.
        var inference = new InferenceHandler(failures, KeyHeader, options.MaxEventBytes, options.MaxResponseBytes, handler);
        var clientOptions = new OpenAIClientOptions
        {
            Endpoint = Endpoint,
            UserAgentApplicationId = "AgnoAspire",
            Transport = new HttpClientPipelineTransport(new HttpClient(inference, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan }),

            // Retries and time limits are the served model's business, which knows what was shown already.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        };
#pragma warning restore CA2000
        var chat = new ChatClient(upstreamModel, new ApiKeyCredential(string.IsNullOrEmpty(options.ApiKey) ? NoKey : options.ApiKey), clientOptions);
        var client = new ChatClientBuilder(chat.AsIChatClient())
            .UseOpenTelemetry(sourceName: ChatTelemetry.Inference, configure: telemetry => telemetry.EnableSensitiveData = captureContent)
            .Use(inner => new LightUpdates(inner))
            .Build();
        var dialect = options.Dialect ?? (IsOpenAI(Endpoint) ? Dialect.OpenAI : Dialect.Compatible);
        return new ModelEndpoint(name, client, (completion, prefix) => OpenAIRequest.Make(completion, prefix, dialect));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        handler.Dispose();
        connections.Dispose();
    }

    private static bool IsOpenAI(Uri endpoint) =>
        endpoint.Host.Equals(OwnEndpoint.Host, StringComparison.OrdinalIgnoreCase) || IsAzure(endpoint);

    private static bool IsAzure(Uri endpoint) =>
        AzureDomains.Any(domain => endpoint.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase));
}
