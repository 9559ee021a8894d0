"""User Activity (XEP-0108): what somebody is doing, published by personal eventing (XEP-0163).

It is told in general (eating) and perhaps more closely (having dinner), and in words.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://jabber.org/protocol/activity"
STANDARD = Standard("XEP-0108", "User Activity", Status.STABLE, "1.3", (NAMESPACE,))


class GeneralActivity(StrEnum):
    """Kinds of activity (section 3)."""

    DOING_CHORES = "doing_chores"
    DRINKING = "drinking"
    EATING = "eating"
    EXERCISING = "exercising"
    GROOMING = "grooming"
    HAVING_APPOINTMENT = "having_appointment"
    INACTIVE = "inactive"
    RELAXING = "relaxing"
    TALKING = "talking"
    TRAVELING = "traveling"
    UNDEFINED = "undefined"
    WORKING = "working"


class SpecificActivity(StrEnum):
    """The activities (section 3)."""

    AT_THE_SPA = "at_the_spa"
    BRUSHING_TEETH = "brushing_teeth"
    BUYING_GROCERIES = "buying_groceries"
    CLEANING = "cleaning"
    CODING = "coding"
    COMMUTING = "commuting"
    COOKING = "cooking"
    CYCLING = "cycling"
    DANCING = "dancing"
    DAY_OFF = "day_off"
    DOING_MAINTENANCE = "doing_maintenance"
    DOING_THE_DISHES = "doing_the_dishes"
    DOING_THE_LAUNDRY = "doing_the_laundry"
    DRIVING = "driving"
    FISHING = "fishing"
    GAMING = "gaming"
    GARDENING = "gardening"
    GETTING_A_HAIRCUT = "getting_a_haircut"
    GOING_OUT = "going_out"
    HANGING_OUT = "hanging_out"
    HAVING_A_BEER = "having_a_beer"
    HAVING_A_SNACK = "having_a_snack"
    HAVING_BREAKFAST = "having_breakfast"
    HAVING_COFFEE = "having_coffee"
    HAVING_DINNER = "having_dinner"
    HAVING_LUNCH = "having_lunch"
    HAVING_TEA = "having_tea"
    HIDING = "hiding"
    HIKING = "hiking"
    IN_A_CAR = "in_a_car"
    IN_A_MEETING = "in_a_meeting"
    IN_REAL_LIFE = "in_real_life"
    JOGGING = "jogging"
    ON_A_BUS = "on_a_bus"
    ON_A_PLANE = "on_a_plane"
    ON_A_TRAIN = "on_a_train"
    ON_A_TRIP = "on_a_trip"
    ON_THE_PHONE = "on_the_phone"
    ON_VACATION = "on_vacation"
    ON_VIDEO_PHONE = "on_video_phone"
    OTHER = "other"
    PARTYING = "partying"
    PLAYING_SPORTS = "playing_sports"
    PRAYING = "praying"
    READING = "reading"
    REHEARSING = "rehearsing"
    RUNNING = "running"
    RUNNING_AN_ERRAND = "running_an_errand"
    SCHEDULED_HOLIDAY = "scheduled_holiday"
    SHAVING = "shaving"
    SHOPPING = "shopping"
    SKIING = "skiing"
    SLEEPING = "sleeping"
    SMOKING = "smoking"
    SOCIALIZING = "socializing"
    STUDYING = "studying"
    SUNBATHING = "sunbathing"
    SWIMMING = "swimming"
    TAKING_A_BATH = "taking_a_bath"
    TAKING_A_SHOWER = "taking_a_shower"
    THINKING = "thinking"
    WALKING = "walking"
    WALKING_THE_DOG = "walking_the_dog"
    WATCHING_A_MOVIE = "watching_a_movie"
    WATCHING_TV = "watching_tv"
    WORKING_OUT = "working_out"
    WRITING = "writing"


class SpecificallyDoing(Payload, ns=NAMESPACE, names=SpecificActivity, nested=True):
    """An activity; `detail` is of another standard (section 2.1)."""

    value: SpecificActivity = field.name()
    detail: Payload | Element | None = field.payload(default=None)


class GenerallyDoing(Payload, ns=NAMESPACE, names=GeneralActivity, nested=True):
    """A kind of activity, and which: one of this standard's, or in `detail` one of another."""

    value: GeneralActivity = field.name()
    specific: SpecificallyDoing | None = field.child(default=None)
    detail: Payload | Element | None = field.payload(default=None)


class Activity(Payload, ns=NAMESPACE, name="activity"):
    """An activity, and a text for people by language. Empty, it ends what was published."""

    doing: GenerallyDoing | None = field.child(default=None)
    texts: dict[str, str] = field.language_map(name="text")
