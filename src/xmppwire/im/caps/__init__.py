"""Entity capabilities (XEP-0115, XEP-0390): presence carries a hash of what discovery would answer, so that it is asked once.

Our own go into each presence that we send:

    own = OwnInfo(client.session.answers)
    capabilities = OwnCaps(own, "https://balcony.example")
    await client.send(capabilities.annotate(Presence()))

Those of others are looked up, and fetched where nobody with the same hash has told them before:

    cache = CapsCache()
    async for event in client:
        if (somebody := cache.feed(event, client.jid)) is not None:
            with suppress(OperationError, PayloadError):
                await client.run(cache.fetch(somebody, timeout=5.0))
        ...
        if cache.supports(romeo, "urn:xmpp:receipts"): ...

Only what its hash proves holds for others than the one who said it. Who is asked learns our address, so ask nobody who may not
see our presence.
"""

from .cache import CapsCache, CapsStore
from .own import OwnCaps

__all__ = ["CapsCache", "CapsStore", "OwnCaps"]
