"""Archives of the accounts (XEP-0313, XEP-0441): what users say and hear is kept, and they read it again.

Messages with a body are kept, and those with the hint `store`; none with a hint against it (XEP-0334), none of rooms. A message
that is kept bears its id in the archive (XEP-0359), which nobody can forge: other ids in the name of the account are taken out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..jid import JID, JIDError
from ..protocol import mam
from ..protocol.data_forms import DataForm
from ..protocol.data_forms_validation import Open, Validate
from ..protocol.hints import NoPermanentStore, NoStore, Store
from ..protocol.mam import ArchiveMetadata, ArchiveQuery
from ..protocol.mam_forms import ArchiveFilter
from ..protocol.mam_preferences import ArchivePreferences
from ..protocol.stanza_id import NAMESPACE as IDS_NAMESPACE
from ..protocol.stanza_id import StanzaId
from ..stanza import ErrorCondition, Iq, IqType, Message, MessageType
from ..xml import Element, Name
from .archive import Archive
from .archive_preferences import Preferences
from .link import Link
from .service import Answer, Request, RequestError, Requests, Service

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent, Hub

STORE: Name = Store.element_names[0]
AGAINST: tuple[Name, ...] = (NoStore.element_names[0], NoPermanentStore.element_names[0])
STANZA_ID: Name = StanzaId.element_names[0]


class ArchiveService(Service):
    """Keeps the archives, which begin with the first message that is kept."""

    account_features = (mam.NAMESPACE, f"{mam.NAMESPACE}#extended", f"{mam.NAMESPACE}#groupchat-field", IDS_NAMESPACE)

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def requests(self) -> Requests:
        query, preferences = ArchiveQuery.element_names[0], ArchivePreferences.element_names[0]
        return {
            (IqType.GET, query): Request(self._form),
            (IqType.SET, query): Request(self._query),
            (IqType.GET, ArchiveMetadata.element_names[0]): Request(self._metadata),
            (IqType.GET, preferences): Request(self._preferences),
            (IqType.SET, preferences): Request(self._prefer),
        }

    # --- what passes by ---------------------------------------------------------------------------------------------

    def sent(self, link: Link, account: Account, message: Message, now: float) -> Message:
        message = without_ids(message, account.jid)
        if message.to is None or message.to.bare == account.jid:  # kept as it arrives
            return message
        return self._keep(account, message, message.to, now)

    def arriving(self, account: Account, message: Message, now: float) -> Message:
        message = without_ids(message, account.jid)
        return message if message.sender is None else self._keep(account, message, message.sender, now)

    def keeps(self, account: Account, message: Message) -> bool:
        archive = account.archive
        return archive is not None and any(one.id in archive for one in _ids(message, account.jid))

    def _keep(self, account: Account, message: Message, other: JID, now: float) -> Message:
        """Keep a message, if it is worth that, and give it the id that it has in the archive."""
        stamp = self._hub.stamp(now)
        if stamp is None or not is_archived(message) or not account.archiving.wants(account.roster, other):
            return message
        if account.archive is None:
            account.archive = Archive(self._hub.limits, self._hub.random)
        return message.with_(StanzaId(id=account.archive.add(message, stamp).id, by=account.jid))

    # --- requests ---------------------------------------------------------------------------------------------------

    def _archive(self, link: Correspondent, account: Account | None) -> Archive:
        """The archive that a client may read: its own."""
        self._check_owner(link, account)
        return (account and account.archive) or Archive(self._hub.limits, self._hub.random)

    def _check_owner(self, link: Correspondent, account: Account | None) -> None:
        if account is None:
            raise RequestError(ErrorCondition.SERVICE_UNAVAILABLE)
        if account is not link.account:
            raise RequestError(ErrorCondition.FORBIDDEN)

    def _form(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        self._check_owner(link, account)
        return iq.result(ArchiveQuery(form=filter_form()))

    def _query(self, link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        archive = self._archive(link, account)
        query = iq.get(ArchiveQuery)
        if query is None or account is None:
            return ErrorCondition.BAD_REQUEST
        if query.node is not None:
            return ErrorCondition.ITEM_NOT_FOUND
        selected = archive.select(read_filter(query), account.jid)
        page = archive.page(selected, query.set, self._hub.limits.queue_bytes // 4)
        for record in reversed(page.records) if query.flip_page else page.records:
            result = Message(iq.sender, sender=account.jid, payloads=[record.result(query.queryid)])
            link.queue(result, now)
        return iq.result(page.fin())

    def _metadata(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        return iq.result(self._archive(link, account).metadata())

    def _preferences(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        self._check_owner(link, account)
        assert account is not None  # noqa: S101 - that was checked
        return iq.result(account.archiving.to_payload())

    def _prefer(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        self._check_owner(link, account)
        wanted = iq.get(ArchivePreferences)
        if account is None or wanted is None or wanted.default is None:
            raise RequestError(ErrorCondition.BAD_REQUEST, "there is no default")
        always = [] if wanted.always is None else list(dict.fromkeys(wanted.always.jids))
        never = [] if wanted.never is None else list(dict.fromkeys(wanted.never.jids))
        if len(always) + len(never) > self._hub.limits.archive_preferences:
            raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "too many addresses")
        account.archiving = Preferences(wanted.default, always, never)
        return iq.result(account.archiving.to_payload())


def read_filter(query: ArchiveQuery) -> ArchiveFilter | None:
    """The filter of a query. Raises PayloadError for one that cannot be read, and RequestError for one that wants what is not
    there."""
    if query.form is None:
        return None
    wanted = ArchiveFilter.from_form(query.form)
    if wanted.unknown_fields:
        raise RequestError(ErrorCondition.FEATURE_NOT_IMPLEMENTED, f"no field {wanted.unknown_fields[0].var!r} here")
    return wanted


def filter_form() -> DataForm:
    """The form of what can be asked (section 4.1.5)."""
    form = ArchiveFilter.blank()
    ids = ArchiveFilter.field_of(form, "ids")
    if ids is not None:
        ids.validate = Validate(method=Open())
    return form


def is_archived(message: Message) -> bool:
    """Whether a message is worth keeping for good."""
    return message.type not in (MessageType.ERROR, MessageType.GROUPCHAT) and has_lasting_content(message)


def has_lasting_content(message: Message) -> bool:
    """Whether there is something in a message that is worth keeping, and nothing that is against it."""
    names = [child.name for child in message.elements()]
    if any(name in AGAINST for name in names):
        return False
    return STORE in names or (message.type is not MessageType.HEADLINE and message.body is not None)


def _ids(message: Message, by: JID) -> list[StanzaId]:
    """The ids in a message that are in somebody's name."""
    return [one for child in message.children if (one := _id_of(child, by)) is not None]


def _id_of(child: object, by: JID) -> StanzaId | None:
    if isinstance(child, StanzaId):
        return child if child.by == by else None
    if not isinstance(child, Element) or child.name != STANZA_ID:
        return None
    try:
        named = JID(child.get("by") or "")
    except JIDError:
        return None
    return StanzaId(id=child.get("id") or "", by=by) if named == by else None


def without_ids(message: Message, by: JID) -> Message:
    """The message without ids that others have put into it in somebody's name (XEP-0359 section 5)."""
    kept = [child for child in message.children if _id_of(child, by) is None]
    return message if len(kept) == len(message.children) else message.replace(children=kept)
