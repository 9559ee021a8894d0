"""Why a service refused something (XEP-0060 section 11), as exceptions."""

from __future__ import annotations

from ...operation import IqError, Operation, OperationError, request
from ...payload import Payload, PayloadError
from ...protocol.pubsub import Pubsub
from ...protocol.pubsub_errors import PubsubCondition, PubsubError, PubsubFeature
from ...protocol.pubsub_owner import PubsubOwner
from ...stanza import Iq, StanzaError
from ...xml import Element


class PubsubIqError(IqError):
    """A service answered with an error. `condition` is the reason in the words of XEP-0060, where it gave one; `feature` is
    what it lacks, if the reason is `UNSUPPORTED`."""

    def __init__(self, error: StanzaError, reply: Iq | None = None) -> None:
        super().__init__(error, reply)
        reason = _reason(error.application)
        self.condition: PubsubCondition | None = None if reason is None else reason.condition
        self.feature: PubsubFeature | str | None = None if reason is None else reason.feature

    def __str__(self) -> str:
        if self.condition is None:
            return super().__str__()
        return f"{self.condition}{f' ({self.feature})' if self.feature else ''}: {self.error}"


class PreconditionNotMet(PubsubIqError):  # noqa: N818  # named as in the standard
    """The node is not configured as the options of the publication say (section 7.1.5). Nothing was published."""


class PubsubAnswerError(OperationError):
    """The service answers, but not as it has to."""


def _reason(application: Element | Payload | None) -> PubsubError | None:
    if isinstance(application, Element) and application.name in PubsubError.element_names:
        try:
            return PubsubError.from_element(application)
        except PayloadError:  # the error itself says enough
            return None
    return application if isinstance(application, PubsubError) else None


def ask(iq: Iq, timeout: float | None = None) -> Operation[Iq]:
    """`request`, whose `IqError` is a `PubsubIqError`."""
    try:
        return (yield from request(iq, timeout))
    except IqError as error:
        typed = PubsubIqError(error.error, error.reply)
        if typed.condition is PubsubCondition.PRECONDITION_NOT_MET:
            typed = PreconditionNotMet(error.error, error.reply)
        raise typed from None


def answer_of(reply: Iq) -> Pubsub:
    """What a service answered to a publisher or subscriber; an empty one for an answer without content."""
    return reply.get(Pubsub) or Pubsub()


def owner_answer_of(reply: Iq) -> PubsubOwner:
    """What a service answered to an owner; an empty one for an answer without content."""
    return reply.get(PubsubOwner) or PubsubOwner()
