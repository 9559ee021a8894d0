"""Service discovery (XEP-0030): what is there, and what it can do; and what we say about ourselves (XEP-0128).

    info = await client.run(fetch_info("montague.lit"))
    for item in await client.run(fetch_items("montague.lit")): ...
    for service in await client.run(find_services("montague.lit", feature="urn:xmpp:http:upload:0")):
        print(service.jid)

The other way round, a session answers with what its `AutomaticAnswers` have. `OwnInfo` adds forms, items and nodes to that:

    own = OwnInfo(client.session.answers)
    own.set_form(SoftwareInfo(software="Balcony"))
    own.add_features("urn:xmpp:receipts")

Whatever others say about themselves is theirs to say: it is no proof of anything.
"""

from .asking import (
    DiscoError,
    ItemsPage,
    Service,
    Services,
    fetch_info,
    fetch_items,
    fetch_items_page,
    fetch_services,
    find_services,
)
from .own import InfoSource, OwnInfo

__all__ = [
    "DiscoError",
    "InfoSource",
    "ItemsPage",
    "OwnInfo",
    "Service",
    "Services",
    "fetch_info",
    "fetch_items",
    "fetch_items_page",
    "fetch_services",
    "find_services",
]
