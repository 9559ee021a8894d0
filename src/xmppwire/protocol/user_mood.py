"""User Mood (XEP-0107): how somebody feels, published by personal eventing (XEP-0163) or said with a message."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://jabber.org/protocol/mood"
STANDARD = Standard("XEP-0107", "User Mood", Status.STABLE, "1.2.2", (NAMESPACE,))


class MoodValue(StrEnum):
    """The moods (section 3)."""

    AFRAID = "afraid"
    AMAZED = "amazed"
    AMOROUS = "amorous"
    ANGRY = "angry"
    ANNOYED = "annoyed"
    ANXIOUS = "anxious"
    AROUSED = "aroused"
    ASHAMED = "ashamed"
    BORED = "bored"
    BRAVE = "brave"
    CALM = "calm"
    CAUTIOUS = "cautious"
    COLD = "cold"
    CONFIDENT = "confident"
    CONFUSED = "confused"
    CONTEMPLATIVE = "contemplative"
    CONTENTED = "contented"
    CRANKY = "cranky"
    CRAZY = "crazy"
    CREATIVE = "creative"
    CURIOUS = "curious"
    DEJECTED = "dejected"
    DEPRESSED = "depressed"
    DISAPPOINTED = "disappointed"
    DISGUSTED = "disgusted"
    DISMAYED = "dismayed"
    DISTRACTED = "distracted"
    EMBARRASSED = "embarrassed"
    ENVIOUS = "envious"
    EXCITED = "excited"
    FLIRTATIOUS = "flirtatious"
    FRUSTRATED = "frustrated"
    GRUMPY = "grumpy"
    GUILTY = "guilty"
    HAPPY = "happy"
    HOPEFUL = "hopeful"
    HOT = "hot"
    HUMBLED = "humbled"
    HUMILIATED = "humiliated"
    HUNGRY = "hungry"
    HURT = "hurt"
    IMPRESSED = "impressed"
    IN_AWE = "in_awe"
    IN_LOVE = "in_love"
    INDIGNANT = "indignant"
    INTERESTED = "interested"
    INTOXICATED = "intoxicated"
    INVINCIBLE = "invincible"
    JEALOUS = "jealous"
    LONELY = "lonely"
    LUCKY = "lucky"
    MEAN = "mean"
    MOODY = "moody"
    NERVOUS = "nervous"
    NEUTRAL = "neutral"
    OFFENDED = "offended"
    OUTRAGED = "outraged"
    PLAYFUL = "playful"
    PROUD = "proud"
    RELAXED = "relaxed"
    RELIEVED = "relieved"
    REMORSEFUL = "remorseful"
    RESTLESS = "restless"
    SAD = "sad"
    SARCASTIC = "sarcastic"
    SERIOUS = "serious"
    SHOCKED = "shocked"
    SHY = "shy"
    SICK = "sick"
    SLEEPY = "sleepy"
    SPONTANEOUS = "spontaneous"
    STRESSED = "stressed"
    STRONG = "strong"
    SURPRISED = "surprised"
    THANKFUL = "thankful"
    THIRSTY = "thirsty"
    TIRED = "tired"
    UNDEFINED = "undefined"
    WEAK = "weak"
    WORRIED = "worried"


class FeltMood(Payload, ns=NAMESPACE, names=MoodValue, nested=True):
    """A mood; `detail` is a finer one of another standard (section 2.1)."""

    value: MoodValue = field.name()
    detail: Payload | Element | None = field.payload(default=None)


class Mood(Payload, ns=NAMESPACE, name="mood"):
    """A mood, and a reason for it by language. Empty, it ends what was published. Moods of nobody's list are kept unread."""

    mood: FeltMood | None = field.child(default=None)
    texts: dict[str, str] = field.language_map(name="text")
