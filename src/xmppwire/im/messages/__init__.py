"""Messages as people expect them: built with what the extensions ask for, and answered where an answer is due.

    composer = Composer(JID("romeo@montague.lit"))
    said = composer.text("Wherefore art thou?", receipt=True, markable=True)
    await client.send(states.outgoing(said, now))                       # ChatStates: with `active`, if they want to know
    await client.send(composer.correction(message_ids(said), "Wherefore art thou Romeo?"))

    acknowledgements = Acknowledgements(client.jid, sees_us)            # whether a JID has a subscription to our presence
    async for event in client:
        if isinstance(event, Message) and (receipt := acknowledgements.receipt(event)) is not None:
            await client.send(receipt)

`Composer` builds: text with receipt requests (XEP-0184), markers (0333), spoilers (0382), mentions (0372) and hints (0334);
corrections (0308), retractions (0424, 0425), reactions (0444), replies with a quotation for others (0461, 0428), attachments
(0367), actions (0245), nudges (0224). `ChatStates` keeps and tells our own chat state (0085). `Acknowledgements` gives the
answers that nobody writes by hand, and only where they are due. `message_ids` tells the names of a message (0359),
`mentions_of` and `spoiler_of` how to show it, `reaction_rules` which reactions the others take.

What others send is put together by `xmppwire.im.conversation`. Nothing here sends by itself.
"""

from __future__ import annotations

from .acknowledgements import Acknowledgements
from .chat_states import ChatStates, state_of
from .composer import Composer, UnnamedError
from .content import Mention, mentions_of, spoiler_of
from .incoming import Incoming, MessageEvent, MessageIds, Source, message_ids, peer_of, read_incoming
from .reaction_rules import ReactionError, ReactionRules, reaction_rules

__all__ = [
    "Acknowledgements",
    "ChatStates",
    "Composer",
    "Incoming",
    "Mention",
    "MessageEvent",
    "MessageIds",
    "ReactionError",
    "ReactionRules",
    "Source",
    "UnnamedError",
    "mentions_of",
    "message_ids",
    "peer_of",
    "reaction_rules",
    "read_incoming",
    "spoiler_of",
    "state_of",
]
