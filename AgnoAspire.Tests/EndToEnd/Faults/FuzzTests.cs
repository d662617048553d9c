using System.Net.Http.Headers;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>Ten thousand requests, each a good one with something wrong, from a seed that a failure names.</summary>
public sealed class FuzzTests
{
    private const int Seed = 20261122;
    private const int Requests = 10_000;
    private const int AtOnce = 16;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fuzzed_requests_never_fail_or_hang_the_API()
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            settings["Providers__demo__TokenDelay"] = "00:00:00";
            settings["Logging__LogLevel__Default"] = "Warning";
        });
        var api = cluster.Apis[0];
        using var posted = await api.Client.PostAsync(ChatClient.Body("demo", stream: false, maxTokens: 2), Cancel);
        var failures = new ConcurrentBag<string>();
        var statuses = new ConcurrentDictionary<int, int>();

        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancel }, async (i, cancel) =>
        {
            using var request = FuzzedRequest.Create(new Random(Seed + i), posted.StreamId());
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            try
            {
                using var response = await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
                statuses.AddOrUpdate((int)response.StatusCode, 1, (_, count) => count + 1);
                var body = await response.Content.ReadAsStringAsync(limit.Token);
                if ((int)response.StatusCode >= 500 || body.Contains("   at ", StringComparison.Ordinal))
                {
                    failures.Add($"seed {Seed + i}: {request.Method} {request.RequestUri} {(int)response.StatusCode} {body}");
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException && !cancel.IsCancellationRequested)
            {
                failures.Add($"seed {Seed + i}: {request.Method} {request.RequestUri} {exception.Message}");
            }
        });

        using var health = await api.Client.GetAsync("/health", Cancel);
        Assert.Empty(failures.Take(5));
        Assert.True(health.IsSuccessStatusCode);
        Assert.Equal(Requests, statuses.Values.Sum());
        Assert.True(statuses.ContainsKey(200) && statuses.ContainsKey(400) && statuses.ContainsKey(404), string.Join(' ', statuses));
        Assert.DoesNotContain("unhandled", api.Output, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>A good request, mutated where its structure is: a field, a type, a length, a header, an id, or a byte.</summary>
internal static class FuzzedRequest
{
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1e309", "99999999999999999999", "0.5", "\"\"", "\"x\"", "[]", "{}", "[null]", "[[[[]]]]", "\"\\ud800\"", "\"\\u0000\"",
        "\"\u202E\"", "{\"role\":\"user\",\"content\":\"x\"}", "\"demo\"", "\"cancel\"", "[\"a\",\"b\"]", "[1]", "\"\\r\\nX: y\"",
    ];

    private static readonly string[] Fields =
        ["messages", "model", "stream", "max_tokens", "temperature", "stop", "seed", "on_disconnect", "queue_position", "unknown", "", "Messages"];

    private static readonly string[] HeaderValues =
        ["", "0", "1", "-1", "abc", "999999999999999999999", "1\t2", "é", "a b", "%0d%0a", "*", "bytes=0-", "gzip", "🤖"];

    private static readonly string[] Headers = ["Last-Event-ID", "Idempotency-Key", "X-Request-Id", "Accept", "Range", "traceparent", "If-None-Match", "Authorization", "Origin"];

    public static HttpRequestMessage Create(Random random, string knownId)
    {
        var id = random.Next(4) switch { 0 => JobId.New(), 1 => Mutate(random, knownId), _ => knownId };
        var path = $"{ChatClient.Path}/{Uri.EscapeDataString(id)}";
        var request = random.Next(10) switch
        {
            0 => new HttpRequestMessage(HttpMethod.Get, path),
            1 => new HttpRequestMessage(HttpMethod.Get, $"{path}/stream{(random.Next(2) == 0 ? "" : "?queue_position=" + Uri.EscapeDataString(HeaderValues[random.Next(HeaderValues.Length)]))}"),
            2 => new HttpRequestMessage(HttpMethod.Delete, id == knownId ? $"{path}x" : path),
            3 => new HttpRequestMessage(new HttpMethod(new[] { "PUT", "PATCH", "OPTIONS", "HEAD", "BREW" }[random.Next(5)]), random.Next(2) == 0 ? ChatClient.Path : path),
            4 => new HttpRequestMessage(HttpMethod.Post, $"/api/v1/dead-letters/{Uri.EscapeDataString(id)}/redrive"),
            _ => new HttpRequestMessage(HttpMethod.Post, ChatClient.Path) { Content = Body(random) },
        };
        for (var i = random.Next(3); i > 0; i--)
        {
            request.Headers.TryAddWithoutValidation(Headers[random.Next(Headers.Length)], Ascii(HeaderValues[random.Next(HeaderValues.Length)]));
        }

        return request;
    }

    private static ByteArrayContent Body(Random random)
    {
        var fields = new List<(string Name, string Value)>
        {
            ("messages", Messages(random)), ("model", "\"demo\""), ("stream", random.Next(2) == 0 ? "true" : "false"), ("max_tokens", $"{random.Next(1, 5)}"),
        };
        for (var i = random.Next(3); i > 0; i--)
        {
            var at = random.Next(fields.Count);
            switch (random.Next(4))
            {
                case 0:
                    fields.RemoveAt(at);
                    break;
                case 1:
                    fields[at] = (fields[at].Name, Values[random.Next(Values.Length)]);
                    break;
                default:
                    fields.Add((Fields[random.Next(Fields.Length)], Values[random.Next(Values.Length)]));
                    break;
            }

            if (fields.Count == 0)
            {
                break;
            }
        }

        var bytes = Encoding.UTF8.GetBytes($"{{{string.Join(',', fields.Select(field => $"\"{field.Name}\":{field.Value}"))}}}");
        if (random.Next(4) == 0)
        {
            bytes = MutateBytes(random, bytes);
        }

        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = random.Next(20) == 0 ? new MediaTypeHeaderValue("text/plain") : new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static string Messages(Random random) => random.Next(6) switch
    {
        0 => Values[random.Next(Values.Length)],
        1 => $"[{{\"role\":{Values[random.Next(Values.Length)]},\"content\":\"Hi\"}}]",
        2 => $"[{{\"role\":\"user\",\"content\":{Values[random.Next(Values.Length)]}}}]",
        3 => $"[{string.Join(',', Enumerable.Repeat("{\"role\":\"user\",\"content\":\"Hi\"}", random.Next(1, 1200)))}]",
        4 => $"[{{\"role\":\"user\",\"content\":\"{new string('x', random.Next(300_000))}\"}}]",
        _ => "[{\"role\":\"user\",\"content\":\"Tell me of Max\"}]",
    };

    private static byte[] MutateBytes(Random random, byte[] bytes)
    {
        for (var i = random.Next(1, 4); i > 0 && bytes.Length > 0; i--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(3))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes = bytes[..at];
                    break;
                default:
                    bytes = [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]];
                    break;
            }
        }

        return bytes;
    }

    private static string Mutate(Random random, string text)
    {
        var characters = text.ToCharArray();
        characters[random.Next(characters.Length)] = (char)random.Next(1, 0x2000);
        return random.Next(3) == 0 ? text[..random.Next(text.Length)] + "x" : new string(characters);
    }

    // What a client library would send at all.
    private static string Ascii(string value) => string.Concat(value.Where(character => character is >= ' ' and <= '~'));
}
