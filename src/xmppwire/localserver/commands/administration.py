"""What administrators may do (XEP-0133): a part of it, without what would end the program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Protocol

from ...jid import JID
from ...payload import PayloadError
from ...protocol.ad_hoc_commands import Note, NoteType
from ...protocol.data_forms import DataForm, DataFormType, Option
from ...protocol.service_administration import (
    Accounts,
    AddUser,
    AdminCommand,
    Announcement,
    ChangeUserPassword,
    UserCounts,
    UserLists,
    UserStatistics,
)
from ...stanza import ErrorCondition, Message, MessageType
from ...stream.errors import StreamErrorCondition
from ..service import RequestError
from .steps import Call, Done, Offer, Outcome, Question, ask, said, shown

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Hub
    from ..link import Link

SIZES = ("25", "50", "100", "200", "none")
"""How many users may be listed at once."""


class Keeper(Protocol):
    """Who makes accounts, and removes them with all that this means."""

    def add_account(self, name: str | JID, password: str | None) -> JID:
        """Make an account, or change its password. Raises ValueError."""
        ...

    def remove_account(self, name: str | JID, now: float) -> bool:
        """Remove one."""
        ...


class Administration:
    """The commands of administrators."""

    def __init__(self, hub: Hub, keeper: Keeper, administrators: Collection[JID]) -> None:
        self._hub = hub
        self._keeper = keeper
        self._administrators = administrators

    def offers(self) -> list[Offer]:
        """What is offered; only administrators see it."""
        offers: list[tuple[AdminCommand, str, Callable[[Call], Outcome]]] = [
            (AdminCommand.ADD_USER, "Add user", self._add),
            (AdminCommand.DELETE_USER, "Delete users", self._of_accounts("Delete users", self._delete)),
            (AdminCommand.END_USER_SESSION, "End user sessions", self._of_accounts("End user sessions", self._end)),
            (AdminCommand.CHANGE_USER_PASSWORD, "Change user password", self._password),
            (AdminCommand.USER_STATS, "Get user statistics", self._statistics),
            (AdminCommand.GET_REGISTERED_USERS_NUM, "Get number of registered users", self._count_registered),
            (AdminCommand.GET_ONLINE_USERS_NUM, "Get number of online users", self._count_online),
            (AdminCommand.GET_REGISTERED_USERS_LIST, "Get list of registered users", self._list_registered),
            (AdminCommand.GET_ONLINE_USERS_LIST, "Get list of online users", self._list_online),
            (AdminCommand.ANNOUNCE, "Send announcement to online users", self._announce),
        ]
        return [Offer(node, name, begin, self._may) for node, name, begin in offers]

    def _may(self, jid: JID) -> bool:
        return jid.bare in self._administrators

    # --- accounts (sections 4.1 to 4.7) -----------------------------------------------------------------------------

    def _add(self, call: Call) -> Question:
        asked = ask(AddUser, "Add a user", ["accountjid", "password", "password-verify"])
        return Question(asked, self._added)

    def _added(self, call: Call) -> Done:
        wanted = AddUser.from_form(call.form)
        account = self._ours(wanted.account)
        if account in self._hub.accounts:
            raise RequestError(ErrorCondition.CONFLICT, "there is such an account")
        if len(self._hub.accounts) >= self._hub.limits.accounts:
            raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "there are too many accounts")
        if wanted.password != wanted.password_verify:
            raise PayloadError("the passwords differ", "password-verify")
        self._keep(account, wanted.password)
        return said(f"{account} was added")

    def _delete(self, named: list[JID], call: Call) -> Done:
        users = dict.fromkeys(jid.bare for jid in named)
        if call.requester.bare in users:
            raise RequestError(ErrorCondition.NOT_ALLOWED, "this account is yours")
        for user in users:
            self._keeper.remove_account(user, call.now)
        return said(f"{len(users)} deleted")

    def _end(self, named: list[JID], call: Call) -> Done:
        """End the sessions of accounts, or those that are named with a resource; not that of who asks."""
        links = {link: link.jid for jid in named for link in self._account(jid).resources.values()}
        ended = [link for link, jid in links.items() if jid != call.requester and (jid in named or _bare(jid) in named)]
        for link in ended:
            link.drop(call.now, StreamErrorCondition.POLICY_VIOLATION, "ended by an administrator")
        return said(f"{len(ended)} sessions ended")

    def _of_accounts(self, title: str, do: Callable[[list[JID], Call], Done]) -> Callable[[Call], Question]:
        """A command that asks for accounts first; unless there are all of them, nothing is done."""

        def submitted(call: Call) -> Done:
            named = Accounts.from_form(call.form).accounts
            if not named:
                raise PayloadError("nobody is named", "accountjids")
            for jid in named:
                self._account(jid)
            return do(named, call)

        return lambda _call: Question(ask(Accounts, title, ["accountjids"]), submitted)

    def _password(self, call: Call) -> Question:
        return Question(ask(ChangeUserPassword, "Change a password", ["accountjid", "password"]), self._changed)

    def _changed(self, call: Call) -> Done:
        wanted = ChangeUserPassword.from_form(call.form)
        account = self._account(wanted.account)
        self._keep(account.jid, wanted.password)
        return said(f"The password of {account.jid} was changed")

    def _ours(self, jid: JID) -> JID:
        """The bare JID of a user of ours, whether there is one or not. Raises RequestError."""
        if jid.localpart is None or not self._hub.is_local(jid):
            raise RequestError(ErrorCondition.ITEM_NOT_FOUND, "this is no address of a user here")
        return jid.bare

    def _account(self, jid: JID) -> Account:
        account = self._hub.accounts.get(self._ours(jid))
        if account is None:
            raise RequestError(ErrorCondition.ITEM_NOT_FOUND, "there is no such account")
        return account

    def _keep(self, jid: JID, password: str | None) -> None:
        if not password:
            raise PayloadError("there is none", "password")
        try:
            self._keeper.add_account(jid, password)
        except ValueError as error:
            raise PayloadError("this cannot be a password", "password") from error

    # --- users (sections 4.10, 4.13, 4.15, 4.18 and 4.20) -----------------------------------------------------------

    def _statistics(self, call: Call) -> Question:
        return Question(ask(UserStatistics, "Look at a user", ["accountjid"]), self._looked)

    def _looked(self, call: Call) -> Done:
        wanted = UserStatistics.from_form(call.form).account
        if wanted is None:
            raise PayloadError("nobody is named", "accountjid")
        account = self._account(wanted)
        return shown(
            UserStatistics(
                account=account.jid,
                roster_size=len(account.roster.items()),
                online_resources=list(account.resources),
            )
        )

    def _count_registered(self, call: Call) -> Done:
        return shown(UserCounts(registered=len(self._hub.accounts)))

    def _count_online(self, call: Call) -> Done:
        return shown(UserCounts(online=len(self._online())))

    def _online(self) -> list[JID]:
        return [account.jid for account in self._hub.accounts if account.available()]

    def _list_registered(self, call: Call) -> Question:
        return Question(
            _how_many(), lambda call: self._listed(call, (one.jid for one in self._hub.accounts), "registered")
        )

    def _list_online(self, call: Call) -> Question:
        return Question(_how_many(), lambda call: self._listed(call, self._online(), "online"))

    def _listed(self, call: Call, jids: Iterable[JID], name: str) -> Done:
        """As many as are wanted, and as fit into one stanza."""
        most = UserLists.from_form(call.form).max_items
        room = self._hub.limits.answer_bytes
        found, more = list[JID](), False
        for jid in jids:
            room -= len(str(jid).encode()) + 20
            more = room < 0 or (isinstance(most, int) and len(found) >= most)
            if more:
                break
            found.append(jid)
        form = UserLists().replace(**{name: found}).to_form(DataFormType.RESULT)
        return Done(payloads=[form], notes=[Note(type=NoteType.WARN, text="There are more.")] if more else ())

    # --- announcements (section 4.23) -------------------------------------------------------------------------------

    def _announce(self, call: Call) -> Question:
        return Question(ask(Announcement, "Write to all who are online", ["announcement"]), self._announced)

    def _announced(self, call: Call) -> Done:
        text = Announcement.from_form(call.form).announcement
        if not text:
            raise PayloadError("there is nothing to be said", "announcement")
        links: list[Link] = [link for account in self._hub.accounts for link in account.available()]
        for link in links:
            id_ = self._hub.fresh_id()
            link.queue(Message(link.jid, text, type=MessageType.HEADLINE, sender=call.domain, id=id_), call.now)
        return said(f"{len(links)} clients were told")


def _bare(jid: JID | None) -> JID | None:
    return None if jid is None else jid.bare


def _how_many() -> DataForm:
    asked = ask(UserLists, "List users", ["max_items"])
    for one in asked.fields:
        if one.var == "max_items":
            one.options = [Option(value=size) for size in SIZES]
            one.values = [SIZES[0]]
    return asked
