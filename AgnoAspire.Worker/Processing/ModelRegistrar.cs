using AgnoAspire.ChatJobs.Models;
using AgnoAspire.Worker.Catalog;

namespace AgnoAspire.Worker.Processing;

/// <summary>Tells the API which models this worker serves.</summary>
internal sealed class ModelRegistrar(ModelRegistry board, ModelCatalog catalogue)
{
    public Task RegisterAsync() => board.RegisterAsync(catalogue.Models.Select(model => (model.Name, model.Provider)));
}
