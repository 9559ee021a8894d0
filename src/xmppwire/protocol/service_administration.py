"""Service Administration (XEP-0133): the ad-hoc commands by which administrators run a server or component, and their forms.

All forms have one FORM_TYPE; the node of the command tells them apart: `command_form(node)`. What is asked for and what is
answered is one class, so that most fields are optional.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from xmppwire.jid import JID
from xmppwire.payload import UnsignedInt
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/admin"

STANDARD = Standard(
    "XEP-0133",
    "Service Administration",
    Status.ACTIVE,
    "1.3.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="Typed forms of the commands; no elements of its own.",
)


class AdminCommand(StrEnum):
    """The nodes of the commands (section 4)."""

    ADD_USER = f"{NAMESPACE}#add-user"
    ANNOUNCE = f"{NAMESPACE}#announce"
    CHANGE_USER_PASSWORD = f"{NAMESPACE}#change-user-password"
    DELETE_MOTD = f"{NAMESPACE}#delete-motd"
    DELETE_USER = f"{NAMESPACE}#delete-user"
    DELETE_WELCOME = f"{NAMESPACE}#delete-welcome"
    DISABLE_USER = f"{NAMESPACE}#disable-user"
    EDIT_ADMIN = f"{NAMESPACE}#edit-admin"
    EDIT_BLACKLIST = f"{NAMESPACE}#edit-blacklist"
    EDIT_MOTD = f"{NAMESPACE}#edit-motd"
    EDIT_WHITELIST = f"{NAMESPACE}#edit-whitelist"
    END_USER_SESSION = f"{NAMESPACE}#end-user-session"
    GET_ACTIVE_USERS = f"{NAMESPACE}#get-active-users"
    GET_ACTIVE_USERS_NUM = f"{NAMESPACE}#get-active-users-num"
    GET_DISABLED_USERS_LIST = f"{NAMESPACE}#get-disabled-users-list"
    GET_DISABLED_USERS_NUM = f"{NAMESPACE}#get-disabled-users-num"
    GET_IDLE_USERS = f"{NAMESPACE}#get-idle-users"
    GET_IDLE_USERS_NUM = f"{NAMESPACE}#get-idle-users-num"
    GET_ONLINE_USERS_LIST = f"{NAMESPACE}#get-online-users-list"
    GET_ONLINE_USERS_NUM = f"{NAMESPACE}#get-online-users-num"
    GET_REGISTERED_USERS_LIST = f"{NAMESPACE}#get-registered-users-list"
    GET_REGISTERED_USERS_NUM = f"{NAMESPACE}#get-registered-users-num"
    GET_USER_LASTLOGIN = f"{NAMESPACE}#get-user-lastlogin"
    GET_USER_ROSTER = f"{NAMESPACE}#get-user-roster"
    REENABLE_USER = f"{NAMESPACE}#reenable-user"
    RESTART = f"{NAMESPACE}#restart"
    SET_MOTD = f"{NAMESPACE}#set-motd"
    SET_WELCOME = f"{NAMESPACE}#set-welcome"
    SHUTDOWN = f"{NAMESPACE}#shutdown"
    USER_STATS = f"{NAMESPACE}#user-stats"


class AdminForm(TypedForm, form_type=NAMESPACE, shared=True):
    """The base of the forms of the commands."""

    commands: ClassVar[tuple[AdminCommand, ...]] = ()
    """The commands that the form belongs to."""


class AddUser(AdminForm):
    """Makes an account (section 4.1)."""

    commands = (AdminCommand.ADD_USER,)
    account: JID = form.field("accountjid")
    password: str | None = form.field("password", default=None, type=FieldType.TEXT_PRIVATE)
    password_verify: str | None = form.field("password-verify", default=None, type=FieldType.TEXT_PRIVATE)
    email: str | None = form.field("email", default=None)
    given_name: str | None = form.field("given_name", default=None)
    surname: str | None = form.field("surname", default=None)


class Accounts(AdminForm):
    """Accounts to delete, to disable, to enable again, whose sessions are ended, or whose rosters are wanted (sections 4.2
    to 4.5, and 4.8). Rosters come as `extensions` of the form that answers."""

    commands = (
        AdminCommand.DELETE_USER,
        AdminCommand.DISABLE_USER,
        AdminCommand.REENABLE_USER,
        AdminCommand.END_USER_SESSION,
        AdminCommand.GET_USER_ROSTER,
    )
    accounts: list[JID] = form.fields("accountjids")


class ChangeUserPassword(AdminForm):
    """Gives an account another password (section 4.7)."""

    commands = (AdminCommand.CHANGE_USER_PASSWORD,)
    account: JID = form.field("accountjid")
    password: str = form.field("password", type=FieldType.TEXT_PRIVATE)


class LastLogin(AdminForm):
    """When somebody logged in last (section 4.9)."""

    commands = (AdminCommand.GET_USER_LASTLOGIN,)
    accounts: list[JID] = form.fields("accountjids")
    last_login: datetime | None = form.field("lastlogin", default=None)


class UserStatistics(AdminForm):
    """What an account does (section 4.10)."""

    commands = (AdminCommand.USER_STATS,)
    account: JID | None = form.field("accountjid", default=None)
    ip_addresses: list[str] = form.fields("ipaddresses", type=FieldType.LIST_MULTI)
    roster_size: int | None = form.field("rostersize", UnsignedInt, default=None)
    online_resources: list[str] = form.fields("onlineresources")
    stanzas_per_second: float | None = form.field("stanzaspersecond", default=None)
    logins_per_minute: float | None = form.field("loginsperminute", default=None)


class Blacklist(AdminForm):
    """Those with whom the service does not speak (section 4.11)."""

    commands = (AdminCommand.EDIT_BLACKLIST,)
    blacklist: list[JID] | None = form.fields("blacklistjids", default=None)


class Whitelist(AdminForm):
    """Those with whom alone the service speaks (section 4.12)."""

    commands = (AdminCommand.EDIT_WHITELIST,)
    whitelist: list[JID] | None = form.fields("whitelistjids", default=None)


class UserCounts(AdminForm):
    """How many users there are (sections 4.13 to 4.17); one of the numbers, as the command has it."""

    commands = (
        AdminCommand.GET_REGISTERED_USERS_NUM,
        AdminCommand.GET_DISABLED_USERS_NUM,
        AdminCommand.GET_ONLINE_USERS_NUM,
        AdminCommand.GET_ACTIVE_USERS_NUM,
        AdminCommand.GET_IDLE_USERS_NUM,
    )
    registered: int | None = form.field("registeredusersnum", UnsignedInt, default=None)
    disabled: int | None = form.field("disabledusersnum", UnsignedInt, default=None)
    online: int | None = form.field("onlineusersnum", UnsignedInt, default=None)
    active: int | None = form.field("activeusersnum", UnsignedInt, default=None)
    idle: int | None = form.field("idleusersnum", UnsignedInt, default=None)


class UserLists(AdminForm):
    """Which users there are (sections 4.18 to 4.22): at most `max_items` are wanted, one of the lists comes. Idle users come
    as `active`; they have no field of their own."""

    commands = (
        AdminCommand.GET_REGISTERED_USERS_LIST,
        AdminCommand.GET_DISABLED_USERS_LIST,
        AdminCommand.GET_ONLINE_USERS_LIST,
        AdminCommand.GET_ACTIVE_USERS,
        AdminCommand.GET_IDLE_USERS,
    )
    max_items: int | Literal["none"] | None = form.field(
        "max_items", form.or_word(UnsignedInt, "none"), default=None, type=FieldType.LIST_SINGLE
    )
    registered: list[JID] = form.fields("registereduserjids")
    disabled: list[JID] = form.fields("disableduserjids")
    online: list[JID] = form.fields("onlineuserjids")
    active: list[JID] = form.fields("activeuserjids")


class Announcement(AdminForm):
    """A message to all who are online (section 4.23)."""

    commands = (AdminCommand.ANNOUNCE,)
    announcement: str = form.text("announcement")


class MessageOfTheDay(AdminForm):
    """A message to everybody who logs in (sections 4.24 and 4.25)."""

    commands = (AdminCommand.SET_MOTD, AdminCommand.EDIT_MOTD)
    motd: str = form.text("motd")


class WelcomeMessage(AdminForm):
    """A message to everybody who registers (section 4.27)."""

    commands = (AdminCommand.SET_WELCOME,)
    welcome: str = form.text("welcome")


class AdminList(AdminForm):
    """The administrators (section 4.29)."""

    commands = (AdminCommand.EDIT_ADMIN,)
    admins: list[JID] | None = form.fields("adminjids", default=None)


class ServiceInterruption(AdminForm):
    """Restarts the service or shuts it down, after `delay` seconds, with an announcement before (sections 4.30, 4.31)."""

    commands = (AdminCommand.RESTART, AdminCommand.SHUTDOWN)
    delay: int | None = form.field("delay", UnsignedInt, default=None, type=FieldType.LIST_SINGLE)
    announcement: str | None = form.text("announcement", default=None)


_BY_COMMAND: dict[str, type[AdminForm]] = {
    command: cls
    for cls in vars().copy().values()
    if isinstance(cls, type) and issubclass(cls, AdminForm)
    for command in cls.commands
}


def command_form(node: str) -> type[AdminForm] | None:
    """The class for the forms of a command; None for what is no such command, and for those without a form."""
    return _BY_COMMAND.get(node)
