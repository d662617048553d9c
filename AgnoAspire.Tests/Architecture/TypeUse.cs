using System.Reflection;
using System.Reflection.Emit;

namespace AgnoAspire.Tests.Architecture;

/// <summary>One use of a type by another: in its base types, members, signatures, attributes or method bodies.</summary>
/// <param name="From">The part of the namespace of the type that uses.</param>
/// <param name="To">The part of the namespace of the type that is used.</param>
/// <param name="Description">Which type uses which.</param>
internal sealed record TypeUse(string From, string To, string Description)
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>All uses between the parts of a namespace. Constants leave no trace in an assembly.</summary>
    public static IEnumerable<TypeUse> In(Assembly assembly, string prefix) => assembly.GetTypes()
        .SelectMany(type => UsedBy(type).SelectMany(Parts).Distinct().Select(used => (Type: type, Used: used)))
        .Select(use => (use.Type, use.Used, From: Part(use.Type, prefix), To: Part(use.Used, prefix)))
        .Where(use => use is { From: not null, To: not null } && use.From != use.To)
        .Select(use => new TypeUse(use.From!, use.To!, $"{Outermost(use.Type).FullName} uses {use.Used.FullName}"))
        .Distinct();

    /// <summary>The first part of a type's namespace after a prefix; <see langword="null"/> for a type outside.</summary>
    public static string? Part(Type type, string prefix) =>
        Outermost(type).Namespace is { } name && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..].Split('.')[0] : null;

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    // A constructed type uses its arguments too.
    private static IEnumerable<Type> Parts(Type type) => type.HasElementType
        ? Parts(type.GetElementType()!)
        : [.. type.GetGenericArguments().Where(argument => !argument.IsGenericParameter).SelectMany(Parts), type.IsGenericType ? type.GetGenericTypeDefinition() : type];

    private static IEnumerable<Type> UsedBy(Type type)
    {
        IEnumerable<MemberInfo> members = type.GetMembers(All);
        return
        [
            .. type.BaseType is { } parent ? [parent] : Type.EmptyTypes,
            .. type.GetInterfaces(),
            .. members.Append(type).SelectMany(member => member.GetCustomAttributesData()).Select(attribute => attribute.AttributeType),
            .. members.SelectMany(UsedByMember),
        ];
    }

    private static IEnumerable<Type> UsedByMember(MemberInfo member) => member switch
    {
        FieldInfo field => [field.FieldType],
        MethodBase method => [.. Signature(method), .. Body(method)],
        _ => [],
    };

    private static IEnumerable<Type> Signature(MethodBase method)
    {
        var parameters = method.GetParameters().Select(parameter => parameter.ParameterType);
        return method is MethodInfo { ReturnType: var type } ? parameters.Append(type) : parameters;
    }

    private static List<Type> Body(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return [];
        }

        var used = new List<Type>();
        used.AddRange(body.LocalVariables.Select(local => local.LocalType));
        used.AddRange(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType!));
        foreach (var token in Tokens(body.GetILAsByteArray()!))
        {
            var typeArguments = method.DeclaringType!.GetGenericArguments();
            var methodArguments = method is MethodInfo ? method.GetGenericArguments() : [];
            var member = method.Module.ResolveMember(token, typeArguments, methodArguments);
            used.AddRange(member switch
            {
                Type type => [type],
                FieldInfo field => [field.DeclaringType!, field.FieldType],
                MethodInfo { IsGenericMethod: true } generic => [generic.DeclaringType!, .. Signature(generic), .. generic.GetGenericArguments()],
                MethodBase called => [called.DeclaringType!, .. Signature(called)],
                _ => [],
            });
        }

        return used;
    }

    // The metadata tokens in the instructions of a method (ECMA-335, III.1.9).
    private static IEnumerable<int> Tokens(byte[] il)
    {
        for (var i = 0; i < il.Length;)
        {
            var code = OpCodesByValue[il[i] == 0xFE ? (short)((il[i] << 8) | il[i + 1]) : il[i]];
            i += code.Size;
            if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(il, i);
            }

            i += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, i)),
                _ => 4,
            };
        }
    }
}
