"""The configuration of a room: what it is, the form in which owners see it, and what they may not ask for (XEP-0045 sections
10.1.3 and 10.2)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from ...protocol.data_forms import DataForm, DataFormType, Option
from ...protocol.muc import MucRole, MucRoomFeature
from ...protocol.muc_forms import OccupantRole, PrivateMessages, RoomConfig, Whois
from ...protocol.muc_user import MucStatusCode
from ...stanza import ErrorCondition
from .limits import RoomLimits

ROLES = (MucRole.MODERATOR, MucRole.PARTICIPANT, MucRole.VISITOR)
NOT_OFFERED = ("muc#roomconfig_pubsub", "muc#roomconfig_slow_mode_duration", "muc#roomconfig_forwardmentions")
"""Fields of the form that mean nothing here."""
MAX_USERS = "muc#roomconfig_maxusers"
OWNERS = "muc#roomconfig_roomowners"
ADMINS = "muc#roomconfig_roomadmins"
LISTS = {"member_list_for": "muc#roomconfig_getmemberlist", "presence_broadcast": "muc#roomconfig_presencebroadcast"}
"""Fields whose absence is something else than an empty list."""


class SettingsError(Exception):
    """The configuration is not possible here. `condition` and `text` say why."""

    def __init__(self, condition: ErrorCondition, text: str) -> None:
        super().__init__(text)
        self.condition = condition
        self.text = text


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of one room. The names are those of `RoomConfig`."""

    room_name: str | None = None
    description: str | None = None
    lang: str | None = None
    persistent: bool = False
    public: bool = True
    members_only: bool = False
    moderated: bool = False
    password_protected: bool = False
    secret: str | None = None
    whois: Whois = Whois.MODERATORS
    max_users: int | None = None
    """None: as many as the service allows."""
    max_history_fetch: int = 20
    private_messages: PrivateMessages = PrivateMessages.ANYONE
    members_may_invite: bool = False
    """Of a members-only room; into others everybody may invite."""
    occupants_may_change_subject: bool = False
    logging: bool = False
    """People are told what their room says (status 170); what they say is kept in an archive, if the server has any."""
    member_list_for: tuple[MucRole, ...] = ROLES
    presence_broadcast: tuple[MucRole, ...] = ROLES

    @property
    def non_anonymous(self) -> bool:
        """Whether everybody sees real addresses."""
        return self.whois is Whois.ANYONE

    @property
    def password(self) -> str | None:
        """What to say to get in, if anything."""
        return self.secret if self.password_protected else None

    def features(self) -> list[str]:
        """What discovery says of the type of room (section 16.3)."""
        return [
            MucRoomFeature.PUBLIC if self.public else MucRoomFeature.HIDDEN,
            MucRoomFeature.MEMBERS_ONLY if self.members_only else MucRoomFeature.OPEN,
            MucRoomFeature.MODERATED if self.moderated else MucRoomFeature.UNMODERATED,
            MucRoomFeature.NON_ANONYMOUS if self.non_anonymous else MucRoomFeature.SEMI_ANONYMOUS,
            MucRoomFeature.PASSWORD_PROTECTED if self.password_protected else MucRoomFeature.UNSECURED,
            MucRoomFeature.PERSISTENT if self.persistent else MucRoomFeature.TEMPORARY,
        ]

    def codes_since(self, old: Settings) -> list[MucStatusCode]:
        """What occupants are told about a change (section 10.2.1)."""
        codes: list[MucStatusCode] = []
        if self.logging != old.logging:
            codes.append(MucStatusCode.LOGGING_ENABLED if self.logging else MucStatusCode.LOGGING_DISABLED)
        if self.non_anonymous != old.non_anonymous:
            codes.append(MucStatusCode.NON_ANONYMOUS if self.non_anonymous else MucStatusCode.SEMI_ANONYMOUS)
        if replace(self, logging=old.logging, whois=old.whois) != old:
            codes.insert(0, MucStatusCode.CONFIGURATION_CHANGED)
        return codes

    # --- forms ------------------------------------------------------------------------------------------------------

    def to_config(self) -> RoomConfig:
        """The typed form, without the lists of owners and admins."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["max_users"] = "none" if self.max_users is None else self.max_users
        for name in LISTS:
            values[name] = [OccupantRole(role) for role in values[name]]
        return RoomConfig(**values)

    def changed_by(self, form: DataForm, limits: RoomLimits) -> Settings:
        """These settings with what an owner submits; what the form does not name stays.

        Raises `PayloadError` for a form that is none of a configuration, and `SettingsError`.
        """
        config = RoomConfig.from_form(form)
        values: dict[str, Any] = {
            one.name: value
            for one in fields(self)
            if one.name not in LISTS and (value := getattr(config, one.name)) is not None
        }
        for name, kind in (("whois", Whois), ("private_messages", PrivateMessages)):
            if name in values and not isinstance(values[name], kind):
                raise _refused("there is no such choice")
        if values.get("max_users") == "none":
            values["max_users"] = None
        for name, var in LISTS.items():
            if form.get_field(var) is not None:
                values[name] = tuple(_role(role) for role in dict.fromkeys(getattr(config, name)))
        new = replace(self, **values)
        new.check(limits)
        return new

    def check(self, limits: RoomLimits) -> None:
        """Raises `SettingsError` for what is not possible (section 10.1.3)."""
        if self.password_protected and not self.secret:
            raise _refused("a room with a password needs one")
        if self.max_users is not None and not 1 <= self.max_users <= limits.occupants:
            raise _refused(f"a room has from 1 to {limits.occupants} occupants")
        if any(len(text or "") > limits.name for text in (self.room_name, self.secret, self.lang)):
            raise _refused(f"names have {limits.name} characters at most")
        if len(self.description or "") > limits.description:
            raise _refused(f"a description has {limits.description} characters at most")


def describe(config: RoomConfig, limits: RoomLimits) -> DataForm:
    """The form to be filled in, with what is set now."""
    form = config.to_form(DataFormType.FORM)
    form.fields = [one for one in form.fields if one.var not in NOT_OFFERED]
    form.title = "Configuration of the room"
    choices = {10, 20, 50, 100, limits.occupants}
    if isinstance(config.max_users, int):
        choices.add(config.max_users)
    for one in form.fields:
        if one.var == MAX_USERS:
            values = [*map(str, sorted(number for number in choices if number <= limits.occupants)), "none"]
            one.options = [Option(value=value) for value in values]
    return form


def _role(role: OccupantRole | str) -> MucRole:
    if not isinstance(role, OccupantRole):
        raise _refused("there is no such role")
    return MucRole(role.value)


def _refused(text: str) -> SettingsError:
    return SettingsError(ErrorCondition.NOT_ACCEPTABLE, text)
