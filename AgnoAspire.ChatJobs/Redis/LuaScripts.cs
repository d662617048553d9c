namespace AgnoAspire.ChatJobs;

/// <summary>The scripts, each an atomic step on the keys of one slot; what they take and return stands at the head of each file.</summary>
internal static class LuaScripts
{
    public static readonly string Admit = Load("admit");
    public static readonly string Enqueue = Load("enqueue");
    public static readonly string Claim = Load("claim");
    public static readonly string Renew = Load("renew");
    public static readonly string Release = Load("release");
    public static readonly string HandBack = Load("handback");
    public static readonly string Reap = Load("reap");
    public static readonly string Resume = Load("resume");
    public static readonly string Begin = Load("begin");
    public static readonly string Append = Load("append");
    public static readonly string Pulse = Load("pulse");
    public static readonly string Cancel = Load("cancel");
    public static readonly string View = Load("view");
    public static readonly string Reserve = Load("reserve");
    public static readonly string Settle = Load("settle");

    private static string Load(string name)
    {
        using var stream = typeof(LuaScripts).Assembly.GetManifestResourceStream($"{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not embedded in {typeof(LuaScripts).Assembly.GetName().Name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
