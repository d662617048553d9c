using AgnoAspire.ChatJobs.Relay;

namespace AgnoAspire.ApiService.Admission;

/// <summary>A job that was admitted, with the viewer that watches it from its first chunk.</summary>
/// <param name="Id">The job.</param>
/// <param name="Viewer">The viewer; whoever gets this disposes it.</param>
internal sealed record AdmittedJob(string Id, Viewer Viewer);
