using System.ComponentModel.DataAnnotations;

namespace AgnoAspire.ApiService;

/// <summary>The limits and timings of the API; section <c>ChatApi</c> of the configuration.</summary>
public sealed class ChatApiOptions
{
    /// <summary>The configuration section these options are bound from.</summary>
    public const string Section = "ChatApi";

    /// <summary>Gets or sets the largest request body of the chat API, in bytes. Default 1 MiB.</summary>
    [Range(1024, 100 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Gets or sets the largest request body of the OpenAI API, which may contain images, in bytes after decoding. Default 20 MiB.</summary>
    [Range(1024, 100 * 1024 * 1024)]
    public int MaxOpenAIBodyBytes { get; set; } = 20 * 1024 * 1024;

    /// <summary>Gets or sets how many bytes of request bodies above 64 KiB may be in memory until their chats are queued. Default 256 MiB.</summary>
    [Range(1024L * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxBufferedBodyBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>Gets or sets the maximum number of messages in a conversation. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int MaxMessages { get; set; } = 1000;

    /// <summary>Gets or sets the maximum length of one message's content, in UTF-16 code units. Default 200,000.</summary>
    [Range(1, 50_000_000)]
    public int MaxContentLength { get; set; } = 200_000;

    /// <summary>Gets or sets the maximum of <c>max_tokens</c>. Default 200,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxTokens { get; set; } = 200_000;

    /// <summary>Gets or sets the maximum number of stop sequences. Default 4.</summary>
    [Range(1, 64)]
    public int MaxStopSequences { get; set; } = 4;

    /// <summary>Gets or sets the maximum length of a stop sequence, in UTF-16 code units. Default 256.</summary>
    [Range(1, 10_000)]
    public int MaxStopSequenceLength { get; set; } = 256;

    /// <summary>Gets or sets after how long without a chunk a stream sends a comment, so that proxies keep the connection open. Default 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets how long a client waits before it reconnects. Default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan SseRetryInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets how long a client may read nothing before its connection is closed. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ClientWriteTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Gets or sets the most connections this process accepts; further ones are closed at once. Default <see langword="null"/>: what the limit of
    /// open files leaves room for.
    /// </summary>
    [Range(10, int.MaxValue)]
    public int? MaxConnections { get; set; }

    /// <summary>
    /// Gets or sets the most open streams, and waiting responses in one piece, of this process. Default 20,000; never more than 9 of 10
    /// connections, so that some are left to respond on.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxViewers { get; set; } = 20_000;

    /// <summary>Gets or sets the most open streams of one caller in this process. Default 5,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxViewersPerCaller { get; set; } = 5_000;

    /// <summary>Gets or sets the most viewers of one stream in this process. Default 5,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxViewersPerStream { get; set; } = 5_000;

    internal int ConnectionCapacity => MaxConnections ?? OpenFileLimit.MaxConnections;

    internal int AnsweredConnections => (int)(ConnectionCapacity * 19L / 20);

    internal int ViewerCapacity => (int)Math.Min(MaxViewers, ConnectionCapacity * 9L / 10);

    /// <summary>Gets or sets how long open streams continue when the service stops, before they are closed to resume elsewhere. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ShutdownDrainTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the callers who may list and redrive dead letters: the name of an API key, or <c>jwt:subject@issuer</c> for a token. Default: every
    /// caller in Development, none elsewhere.</summary>
    public ISet<string> Operators { get; } = new HashSet<string>(StringComparer.Ordinal);
}
