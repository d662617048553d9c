using AgnoAspire.ChatJobs;
using AgnoAspire.Worker.Catalogue;

namespace AgnoAspire.Worker.Jobs;

/// <summary>Tells the API which models this worker serves.</summary>
internal sealed class ModelAnnouncer(ModelBoard board, ModelCatalogue catalogue)
{
    public Task AnnounceAsync() => board.AnnounceAsync(catalogue.Models.Select(model => (model.Name, model.Provider)));
}
