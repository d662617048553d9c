using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using AgnoAspire.AppHost.Redis;
using AgnoAspire.ChatJobs.Redis;
using Microsoft.Extensions.Configuration;

namespace AgnoAspire.AppHost;

/// <summary>What can be set about the application's composition; section <c>AgnoAspire</c> of the AppHost's configuration.</summary>
internal sealed record AppHostSettings
{
    private const string Section = "AgnoAspire";
    private const string OutOfRange = "AgnoAspire__{0} must be from {1} to {2}.";

    /// <summary>Gets where Redis comes from. Default <see cref="RedisMode.Auto"/>, which is never what <see cref="TryRead"/> returns.</summary>
    public RedisMode Redis { get; init; }

    /// <summary>Gets how many API processes share the port. Default 1.</summary>
    [Range(1, 32, ErrorMessage = OutOfRange)]
    public int ApiReplicas { get; init; } = 1;

    /// <summary>Gets how many worker processes there are. Default 2, so that one can be restarted during a chat.</summary>
    [Range(1, 32, ErrorMessage = OutOfRange)]
    public int WorkerReplicas { get; init; } = 2;

    /// <summary>Gets the port of the API on this machine. Default 8000, as the published samples have it.</summary>
    [Range(1, 65535, ErrorMessage = OutOfRange)]
    public int ApiPort { get; init; } = 8000;

    /// <summary>Gets whether prompts and answers are sent to the dashboard, which keeps them on disk. Default <see langword="false"/>.</summary>
    public bool CaptureMessages { get; init; }

    /// <summary>Reads and validates the settings; the error is one sentence that names the invalid one.</summary>
    public static bool TryRead(IConfiguration configuration, [NotNullWhen(true)] out AppHostSettings? settings, out string? error)
    {
        settings = null;
        AppHostSettings read;
        try
        {
            read = configuration.GetSection(Section).Get<AppHostSettings>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new AppHostSettings();
        }
        catch (InvalidOperationException exception)
        {
            error = exception.Message;
            return false;
        }

        var errors = new List<ValidationResult>();
        Validator.TryValidateObject(read, new ValidationContext(read), errors, validateAllProperties: true);
        var hasRedis = !string.IsNullOrWhiteSpace(configuration.GetConnectionString(ChatRedis.Name));
        if (read.Redis == RedisMode.Auto)
        {
            read = read with { Redis = hasRedis ? RedisMode.External : RedisMode.Local };
        }
        else if (read.Redis == RedisMode.External && !hasRedis)
        {
            errors.Add(new ValidationResult("AgnoAspire__Redis is External, but ConnectionStrings__redis is not set."));
        }

        try
        {
            _ = hasRedis ? RedisConnectionString.Normalize(configuration.GetConnectionString(ChatRedis.Name)!) : null;
        }
        catch (InvalidOperationException exception)
        {
            errors.Add(new ValidationResult(exception.Message));
        }

        error = errors.Count == 0 ? null : string.Join(' ', errors);
        settings = error is null ? read : null;
        return error is null;
    }
}
