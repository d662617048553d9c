using System.Reflection;
using AgnoAspire.ChatJobs.Redis;

namespace AgnoAspire.Testing.Explorer;

/// <summary>
/// Makes the product's scripts run in simulated time: TIME and expiries are those of the run, and what is published is returned, so that the scheduler
/// chooses when it is delivered. A planted bug replaces text of a script.
/// </summary>
internal sealed class ScriptShim(RespClient redis, IReadOnlyList<PlantedText> planted)
{
    // The last two arguments are the time: seconds and microseconds.
    private const string Prologue = """
        local native, published, earliest = redis, {}, 0
        local microseconds, seconds = table.remove(ARGV), table.remove(ARGV)
        local milliseconds = tonumber(seconds) * 1000 + math.floor(tonumber(microseconds) / 1000)
        local function simulate(call, command, ...)
          if command == 'TIME' then
            return {seconds, microseconds}
          elseif command == 'PUBLISH' then
            local channel, message = ...
            published[#published + 1] = channel
            published[#published + 1] = message
            return 1
          elseif command == 'PEXPIRE' then
            local key, ttl = ...
            local at = milliseconds + tonumber(ttl)
            earliest = earliest > 0 and math.min(earliest, at) or at
            return call('PEXPIREAT', key, string.format('%.0f', at))
          elseif command == 'PTTL' then
            local at = call('PEXPIRETIME', (...))
            return at < 0 and at or at - milliseconds
          end
          return call(command, ...)
        end
        local redis = {
          call = function(...) return simulate(native.call, ...) end,
          pcall = function(...) return simulate(native.pcall, ...) end,
        }
        local function main()

        """;

    private const string Epilogue = """

        end
        local result = main()
        return {published, string.format('%.0f', earliest), result}
        """;

    private readonly Dictionary<string, (string Name, byte[] Sha)> loaded = [];

    public static IReadOnlyDictionary<string, string> Names { get; } = typeof(RedisScripts)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.FieldType == typeof(string))
        .ToDictionary(field => (string)field.GetValue(null)!, field => field.Name);

    /// <summary>Returns the name of a script of the product, and the hash under which its simulated form is loaded.</summary>
    public (string Name, byte[] Sha) Load(string script)
    {
        if (!loaded.TryGetValue(script, out var found))
        {
            var name = Names[script];
            var text = planted.Where(bug => bug.Script == name).Aggregate(script, static (text, bug) => bug.ApplyTo(text));
            var reply = redis.Execute("SCRIPT", "LOAD", Prologue + text + Epilogue);
            loaded[script] = found = (name, reply as byte[] ?? throw new InvalidOperationException($"{name}: {reply}"));
        }

        return found;
    }
}

/// <summary>A fragment of a script and what a planted bug puts in its place.</summary>
internal sealed record PlantedText(string Script, string Original, string Replacement)
{
    public string ApplyTo(string script) => script.Contains(Original, StringComparison.Ordinal)
        ? script.Replace(Original, Replacement, StringComparison.Ordinal)
        : throw new InvalidOperationException($"{Script} has no text '{Original}' any more.");
}
