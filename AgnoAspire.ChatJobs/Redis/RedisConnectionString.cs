namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Reads a connection string of StackExchange.Redis, or a <c>redis://</c> or <c>rediss://</c> URL (IANA provisional schemes).</summary>
public static class RedisConnectionString
{
    private const int DefaultPort = 6379;

    /// <summary>Turns a connection string or URL into a connection string, for other users of StackExchange.Redis.</summary>
    /// <param name="text">The connection string or URL; a password with a comma, which only a URL can express, does not survive.</param>
    /// <returns>The connection string, with its password.</returns>
    /// <exception cref="InvalidOperationException">It is neither.</exception>
    public static string Normalize(string text) => Parse(text).ToString(includePassword: true);

    /// <exception cref="InvalidOperationException">It is neither. The message does not repeat it: it may contain a password.</exception>
    internal static ConfigurationOptions Parse(string text)
    {
        try
        {
            var options = text.Contains("://", StringComparison.Ordinal) ? ParseUrl(new Uri(text.Trim())) : ConfigurationOptions.Parse(text);
            if (options.EndPoints.Count > 0)
            {
                return string.IsNullOrEmpty(options.ServiceName) ? options : throw new InvalidOperationException(
                    $"ConnectionStrings:{RedisExtensions.ConnectionName} names a service of Sentinel: list the Redis servers instead, "
                    + "host1:port,host2:port,host3:port. The primary among them is followed, however it was promoted.");
            }
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException)
        {
            // Reported below.
        }

        throw new InvalidOperationException(
            $"ConnectionStrings:{RedisExtensions.ConnectionName} is not valid: set it to host:port,user=NAME,password=PASSWORD "
            + "or to a URL such as redis://NAME:PASSWORD@host:port/0 (rediss:// for TLS), in which special characters are percent-encoded.");
    }

    private static ConfigurationOptions ParseUrl(Uri url)
    {
        var database = url.AbsolutePath.Trim('/');
        if (url.Scheme is not ("redis" or "rediss") || url.Host.Length == 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            throw new FormatException();
        }

        var credentials = url.UserInfo.Split(':', 2);
        var options = new ConfigurationOptions
        {
            EndPoints = { { url.IdnHost, url.Port > 0 ? url.Port : DefaultPort } },
            Ssl = url.Scheme == "rediss",
            DefaultDatabase = database.Length == 0 ? null : int.Parse(database, NumberStyles.None, CultureInfo.InvariantCulture),
        };
        if (credentials is [var user, var password])
        {
            options.User = user.Length == 0 ? null : Uri.UnescapeDataString(user);
            options.Password = Uri.UnescapeDataString(password);
        }
        else if (url.UserInfo.Length > 0)
        {
            options.User = Uri.UnescapeDataString(url.UserInfo);
        }

        return options;
    }
}
