namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>
/// Tells the tool calls of one answer apart, however a provider numbers them: a new id with a function name starts a call, whatever its index. The first
/// delta of a call has its id and name; until both are known, or another call or the end follows, the call is held back.
/// </summary>
internal sealed class ToolCallAccumulator
{
    private readonly List<Call> calls = [];

    public bool HasCalls => calls.Count > 0;

    /// <summary>Adds a delta of the provider; yields what can be sent.</summary>
    public IEnumerable<ToolCall> Add(JsonElement delta)
    {
        // Some servers send the function without the object around it.
        var function = delta.Property("function") ?? delta;
        var (id, name, index) = (delta.Text("id"), function.Text("name"), delta.Number("index"));
        var arguments = function.Property("arguments") switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            { } value => value.GetRawText(),
            null => "",
        };
        var call = Find(id, name, index);
        if (call is null)
        {
            foreach (var held in Flush())
            {
                yield return held;
            }

            calls.Add(call = new Call(calls.Count, index));
        }

        call.Id ??= id;
        call.Name ??= name;
        call.Waiting.Append(arguments);
        call.Arguments.Append(arguments);
        foreach (var field in delta.EnumerateObject().Where(field => field.Name is not ("id" or "index" or "type" or "function" or "name" or "arguments")))
        {
            (call.Extra ??= [])[field.Name] = field.Value.Clone();
        }

        if (call.IsSent || (call.Id is not null && call.Name is not null))
        {
            yield return call.Take();
        }
    }

    /// <summary>Yields the calls held back, with an id if they have none.</summary>
    public IEnumerable<ToolCall> Flush() => calls.Where(call => !call.IsSent).Select(call => call.Take());

    // The call that the delta continues; null for a new one.
    private Call? Find(string? id, string? name, long? index)
    {
        if (id is not null && calls.FindLast(call => call.Id == id && (name is null || index is null || call.Index == index)) is { } same)
        {
            return same;
        }

        var current = index is null ? calls.LastOrDefault() : calls.FindLast(call => call.Index == index) ?? (id ?? name) switch
        {
            null => calls.LastOrDefault(),
            _ => null,
        };
        var isNew = name is not null && current switch
        {
            null => true,
            { Name: null, Id: null } => false,
            { Name: null } => id is not null && id != current.Id,
            { Id: null } => name != current.Name || current.IsWhole,
            _ => id is not null || name != current.Name || current.IsWhole,
        };
        return isNew ? null : current;
    }

    private sealed class Call(int number, long? index)
    {
        public long? Index { get; } = index;
        public string? Id { get; set; }
        public string? Name { get; set; }
        public StringBuilder Arguments { get; } = new();
        public StringBuilder Waiting { get; } = new();
        public Dictionary<string, JsonElement>? Extra { get; set; }
        public bool IsSent { get; private set; }

        public bool IsWhole
        {
            get
            {
                try
                {
                    using var document = JsonDocument.Parse(Arguments.ToString());
                    return true;
                }
                catch (JsonException)
                {
                    return false;
                }
            }
        }

        public ToolCall Take()
        {
            var isFirst = !IsSent;
            IsSent = true;
            Id ??= $"call_{Guid.NewGuid():N}";
            var taken = new ToolCall
            {
                Index = number,
                Id = isFirst ? Id : null,
                Type = isFirst ? "function" : null,
                Function = new FunctionCall(isFirst ? Name ?? "" : null, Waiting.ToString()),
                Extra = Extra,
            };
            Waiting.Clear();
            Extra = null;
            return taken;
        }
    }
}
