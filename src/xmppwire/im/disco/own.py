"""What we say about ourselves when others discover us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.disco import ITEMS_NAMESPACE, DiscoInfo, DiscoItem, DiscoItems, Identity
from ...protocol.form import TypedForm
from ...protocol.rsm import First, ResultSet
from ...session import Answer, AutomaticAnswers, IqRequest
from ...stanza import ErrorCondition, StanzaError


class InfoSource(Protocol):
    """What answers for nodes: each method gives None for nodes that are not its own."""

    def info(self, node: str, request: IqRequest[DiscoInfo]) -> DiscoInfo | StanzaError | None:
        """What the node is and can do, for whoever asks."""
        ...

    def items(self, node: str, request: IqRequest[DiscoItems]) -> Sequence[DiscoItem] | StanzaError | None:
        """What belongs to the node, for whoever asks."""
        ...


class OwnInfo:
    """What a session says about itself: `answers` has its identities and features, here are forms, items and nodes.

    From here on it answers questions for info and for items. `language` is that of the names of identities that do not say it;
    it is written out, since others would else take that of the stream, and compute other hashes (XEP-0390 section 4.1).
    """

    def __init__(self, answers: AutomaticAnswers, *, language: str = "en") -> None:
        self.answers = answers
        self.language = language
        self.items: list[DiscoItem] = []
        """What belongs to us, for everybody to see."""
        self._forms: dict[str | None, DataForm] = {}
        self._nodes: dict[str, tuple[DiscoInfo, list[DiscoItem]]] = {}
        self._sources: list[InfoSource] = []
        answers.register("get", DiscoInfo, self._answer_info)
        answers.register("get", DiscoItems, self._answer_items, features=[ITEMS_NAMESPACE])

    def add_features(self, *features: str) -> None:
        """Announce features."""
        self.answers.features = list(dict.fromkeys((*self.answers.features, *features)))

    def remove_features(self, *features: str) -> None:
        """Announce features no more; those of what the session itself answers stay while it does."""
        self.answers.features = [one for one in self.answers.features if one not in features]

    def set_form(self, form: TypedForm | DataForm) -> None:
        """Add details (XEP-0128), in the place of a form with the same FORM_TYPE. Raises PayloadError for a typed form whose
        values have no text, and ValueError for a form without a FORM_TYPE."""
        added = form.to_form(DataFormType.RESULT) if isinstance(form, TypedForm) else form
        if added.form_type is None:
            raise ValueError("a form without a hidden FORM_TYPE says nothing to anybody")
        self._forms[added.form_type] = added

    def remove_form(self, form_type: str) -> None:
        """Take a form away, if it is there."""
        self._forms.pop(form_type, None)

    def add_node(self, node: str, info: DiscoInfo, items: Iterable[DiscoItem] = ()) -> None:
        """Answer for a node, in the same way for everybody. It is in no list unless an item leads there."""
        self._nodes[node] = (info.replace(node=node), list(items))

    def remove_node(self, node: str) -> None:
        """Answer for a node no more, if it is there."""
        self._nodes.pop(node, None)

    def add_source(self, source: InfoSource) -> None:
        """Let `source` answer for nodes that were not added here. Of several sources the first that knows a node answers."""
        self._sources.append(source)

    def info(self) -> DiscoInfo:
        """What we are and can do."""
        info = self.answers.info()
        info.identities = [self._in_language(one) for one in info.identities]
        info.forms = list(self._forms.values())
        return info

    def _in_language(self, identity: Identity) -> Identity:
        return identity.replace(lang=self.language) if identity.lang is None else identity

    def _answer_info(self, request: IqRequest[DiscoInfo]) -> Answer:
        node = request.payload.node
        if node is None:
            return self.info()
        if node in self._nodes:
            return self._nodes[node][0]
        for source in self._sources:
            found = source.info(node, request)
            if isinstance(found, DiscoInfo):
                return found.replace(node=node)
            if found is not None:
                return found
        return StanzaError(ErrorCondition.ITEM_NOT_FOUND)

    def _answer_items(self, request: IqRequest[DiscoItems]) -> Answer:
        asked = request.payload
        found = self._items(asked.node, request)
        if isinstance(found, StanzaError):
            return found
        answer = DiscoItems(node=asked.node, items=list(found))
        return answer if asked.set is None else _paged(answer, asked.set)

    def _items(self, node: str | None, request: IqRequest[DiscoItems]) -> Sequence[DiscoItem] | StanzaError:
        if node is None:
            return self.items
        if node in self._nodes:
            return self._nodes[node][1]
        for source in self._sources:
            found = source.items(node, request)
            if found is not None:
                return found
        return StanzaError(ErrorCondition.ITEM_NOT_FOUND)


def _paged(whole: DiscoItems, asked: ResultSet) -> DiscoItems | StanzaError:
    """The page of a list that was asked for (XEP-0059 section 2)."""
    names = [f"{item.jid} {item.node or ''}" for item in whole.items]
    start, end = 0, len(names)
    try:
        if asked.after is not None:
            start = names.index(asked.after) + 1
        elif asked.before:
            end = names.index(asked.before)
        elif asked.index is not None:
            start = min(asked.index, end)
    except ValueError:
        return StanzaError(ErrorCondition.ITEM_NOT_FOUND)
    if asked.max is not None and asked.before is not None:
        start = max(start, end - asked.max)
    elif asked.max is not None:
        end = min(end, start + asked.max)
    described = ResultSet(count=len(names))
    if start < end:
        described = ResultSet(count=len(names), first=First(index=start, id=names[start]), last=names[end - 1])
    return DiscoItems(node=whole.node, items=whole.items[start:end], set=described)
