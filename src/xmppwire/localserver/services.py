"""The services that a local server has, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .archiving import ArchiveService
from .avatars import AvatarConversionService
from .basics import BasicService, InformationService
from .blocking import BlockingService
from .bookmarks import BookmarkConversionService
from .carbons import CarbonsService
from .commands import CommandService
from .directory import DirectoryService
from .disco import DiscoService
from .external_services import ExternalServiceDiscovery, ExternalServices
from .pep import PersonalEventingService
from .private import PrivateStorageService
from .push import PushService
from .roster_requests import RosterService
from .service import Service
from .uploads import Uploads, UploadService
from .vcards import VCardService

if TYPE_CHECKING:
    from ..protocol.contact_addresses import ServerInfo
    from .commands.steps import Offer
    from .hub import Hub
    from .presence import PresenceService
    from .registration import RegistrationService
    from .subscribe import SubscriptionService


def all_services(
    hub: Hub,
    subscriptions: SubscriptionService,
    presence: PresenceService,
    *,
    archive: bool,
    uploads: Uploads | None,
    registration: RegistrationService | None,
    contacts: ServerInfo | None,
    status_pages: Sequence[str],
    commands: Sequence[Offer],
    directory: bool,
    external_services: ExternalServices | None,
) -> list[Service]:
    """Make them. There is no archive without a date; what is in it has an id there, which the copies need (XEP-0280)."""
    pep = PersonalEventingService(hub)
    services: list[Service] = [DiscoService(hub), BasicService(hub), RosterService(subscriptions)]
    services.append(InformationService(contacts, status_pages))
    services.append(BlockingService(hub, presence))
    if archive and hub.stamp(0.0) is not None:
        services.append(ArchiveService(hub))
    services += [
        CarbonsService(),
        PrivateStorageService(hub),
        VCardService(hub),
        pep,
        BookmarkConversionService(hub, pep.publisher),
        AvatarConversionService(hub, pep.publisher, presence),
        PushService(hub),
    ]
    services.append(CommandService(hub, commands))
    if directory:
        services.append(DirectoryService(hub))
    if external_services is not None:
        services.append(ExternalServiceDiscovery(external_services))
    if uploads is not None:
        services.append(UploadService(uploads))
    if registration is not None:
        services.append(registration)
    return services
