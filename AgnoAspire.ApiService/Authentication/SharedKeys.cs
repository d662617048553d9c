using System.Xml.Linq;
using AgnoAspire.ChatJobs.Redis;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace AgnoAspire.ApiService.Authentication;

/// <summary>Keeps the keys of Data Protection where every replica finds them.</summary>
internal sealed class SharedKeys(KeyRing ring) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => [.. ring.Read().Select(static key => XElement.Parse(key))];

    public void StoreElement(XElement element, string friendlyName) => ring.Add(element.ToString(SaveOptions.DisableFormatting));
}
