using System.Diagnostics.CodeAnalysis;

namespace AgnoAspire.ApiService.Http;

/// <summary>A value, or the problem to respond with instead.</summary>
internal readonly struct Result<T>
    where T : class
{
    private Result(T value)
    {
        Value = value;
        IsSuccess = true;
    }

    private Result(ProblemHttpResult problem) => Problem = problem;

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsSuccess { get; }

    public T? Value { get; }

    public ProblemHttpResult? Problem { get; }

    public static implicit operator Result<T>(T value) => new(value);

    public static implicit operator Result<T>(ProblemHttpResult problem) => new(problem);

    /// <summary>Continues with the value; a problem is passed through.</summary>
    public Result<TNext> Then<TNext>(Func<T, Result<TNext>> next)
        where TNext : class => IsSuccess ? next(Value) : Problem;
}
