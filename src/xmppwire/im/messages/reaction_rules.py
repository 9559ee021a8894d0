"""Which reactions somebody takes (XEP-0444 section 2.2): gateways to other networks, and rooms, take few.

rules = reaction_rules(await client.run(fetch_info(peer)))          # of the room, or of the client of a contact
composer = Composer(peer, reaction_rules=rules)                     # raises ReactionError for what they do not take
conversation = Conversation(client.jid, peer, reaction_rules=rules)
shown = [emoji for emoji in offered if rules.problem([emoji]) is None]
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ...payload import PayloadError
from ...protocol.data_forms import DataFormType
from ...protocol.disco import DiscoInfo
from ...protocol.reactions_forms import ReactionRestrictions

MOST_ALLOWED = 1000
"""So many emoji of a list are kept. Longer lists than that forbid nothing worth telling: they count for none."""


class ReactionError(ValueError):
    """The others do not take these reactions."""


@dataclass(frozen=True, slots=True)
class ReactionRules:
    """What is taken: at most `most` different emoji of one participant under one message, and only those that are `allowed`;
    None for no such rule. Emoji are compared code point by code point, since that is what the others do."""

    most: int | None = None
    allowed: frozenset[str] | None = None

    def problem(self, emoji: Collection[str]) -> str | None:
        """Why all of these together are not taken, in words; None if they are. To take reactions back is always allowed."""
        chosen = list(dict.fromkeys(emoji))
        if self.most is not None and len(chosen) > self.most:
            return f"at most {self.most} reactions of one participant are taken"
        if self.allowed is not None and (wrong := [one for one in chosen if one not in self.allowed]):
            return f"{len(wrong)} of the reactions are not among those that are taken"
        return None

    def check(self, emoji: Collection[str]) -> None:
        """Raises ReactionError for what is not taken."""
        if (problem := self.problem(emoji)) is not None:
            raise ReactionError(problem)


ANY_REACTION = ReactionRules()
"""No rules."""


def reaction_rules(info: DiscoInfo) -> ReactionRules:
    """The rules that an entity tells by discovery; none where it tells none, or none that can be read. They are there so that
    nobody has to find out: the entity itself sees to it that they are kept, and what it sends back is undone (section 3.3)."""
    for form in info.forms:
        if form.type is DataFormType.RESULT and form.form_type in ReactionRestrictions.form_types:
            try:
                found = ReactionRestrictions.from_form(form)
            except PayloadError:
                break
            allowed = frozenset(found.allowlist) if 0 < len(found.allowlist) <= MOST_ALLOWED else None
            return ReactionRules(found.max_reactions_per_user, allowed)
    return ANY_REACTION
