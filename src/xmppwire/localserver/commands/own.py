"""What users may do with their own sessions, and how long the server has been running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...jid import JID
from ...protocol.data_forms import DataForm, DataFormType, Field, FieldType, Option
from ...stream.errors import StreamErrorCondition
from .steps import Call, Done, Offer, Outcome, Question, said

if TYPE_CHECKING:
    from ..hub import Hub
    from ..link import Link

LIST = "list-own-sessions"
END = "end-own-sessions"
UPTIME = "uptime"


RESOURCES = "resources"
"""The field with the resourceparts of the own clients that are to go."""


class OwnCommands:
    """The commands that every user has."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def offers(self) -> list[Offer]:
        """What is offered."""
        return [
            Offer(UPTIME, "How long the server has been running", self._uptime, lambda _: True),
            Offer(LIST, "List your sessions", self._list, self._is_user),
            Offer(END, "End sessions of yours", self._end, self._is_user),
        ]

    def _is_user(self, jid: JID) -> bool:
        return self._hub.accounts.get(jid) is not None

    def _uptime(self, call: Call) -> Done:
        minutes, seconds = divmod(int(call.now - (self._hub.started or 0.0)), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        return said(f"This server has been running for {days}d {hours}h {minutes}m {seconds}s")

    def _sessions(self, jid: JID) -> dict[str, Link]:
        account = self._hub.accounts.get(jid)
        return {} if account is None else dict(account.resources)

    def _list(self, call: Call) -> Done:
        sessions = [f"{name} ({_state(link)})" for name, link in self._sessions(call.requester).items()]
        field = Field(var="sessions", type=FieldType.TEXT_MULTI, label="Sessions", values=sessions)
        return Done(payloads=[DataForm(type=DataFormType.RESULT, title="Your sessions", fields=[field])])

    def _end(self, call: Call) -> Outcome:
        others = [name for name in self._sessions(call.requester) if name != call.requester.resourcepart]
        if not others:
            return said("You have no other session")
        options = [Option(value=name) for name in others]
        field = Field(var=RESOURCES, type=FieldType.LIST_MULTI, label="Sessions", required=True, options=options)
        return Question(DataForm(type=DataFormType.FORM, title="End sessions of yours", fields=[field]), self._ended)

    def _ended(self, call: Call) -> Done:
        wanted = set(call.form.values(RESOURCES)) - {call.requester.resourcepart}
        links = [link for name, link in self._sessions(call.requester).items() if name in wanted]
        for link in links:
            link.drop(call.now, StreamErrorCondition.POLICY_VIOLATION, "ended by another session of yours")
        return said(f"{len(links)} ended")


def _state(link: Link) -> str:
    """What a client is doing, in a word."""
    if link.suspended is not None:
        return "connection lost"
    return "not available" if link.presence is None else str(link.presence.show or "available")
