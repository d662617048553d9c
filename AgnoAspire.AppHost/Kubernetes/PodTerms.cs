namespace AgnoAspire.AppHost;

/// <summary>How long a pod takes to stop: the service's own drain time, and what Kubernetes must allow around it.</summary>
/// <param name="DrainSetting">The environment variable that sets the service's drain time.</param>
/// <param name="DrainTime">How long the service lets what runs go on.</param>
/// <param name="NoticeTime">How long the pod still serves while the cluster takes it out of its endpoints.</param>
internal sealed record PodTerms(string DrainSetting, TimeSpan DrainTime, TimeSpan NoticeTime)
{
    // What a service needs after its drain time to close and hand back, and a margin.
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(10);

    /// <summary>Gets the terms of the API: streams that are still open after the drain time resume on another replica.</summary>
    public static PodTerms Api { get; } = new("ChatApi__DrainTime", TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(5));

    /// <summary>Gets the terms of a worker: jobs that still run after the drain time are handed back. Nobody calls it, so it needs no notice.</summary>
    public static PodTerms Worker { get; } = new("Worker__DrainTime", TimeSpan.FromMinutes(2), TimeSpan.Zero);

    /// <summary>Gets how long Kubernetes waits before it kills.</summary>
    public TimeSpan GracePeriod => NoticeTime + DrainTime + CloseTime;
}
