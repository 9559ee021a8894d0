"""Publish-Subscribe (XEP-0060), errors: why a service refused something, beside the condition of the stanza error."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, field

NAMESPACE = "http://jabber.org/protocol/pubsub#errors"
PART_OF = "XEP-0060"


class PubsubCondition(StrEnum):
    """The conditions."""

    CLOSED_NODE = "closed-node"
    CONFIGURATION_REQUIRED = "configuration-required"
    INVALID_JID = "invalid-jid"
    INVALID_OPTIONS = "invalid-options"
    INVALID_PAYLOAD = "invalid-payload"
    INVALID_SUBID = "invalid-subid"
    ITEM_FORBIDDEN = "item-forbidden"
    ITEM_REQUIRED = "item-required"
    JID_REQUIRED = "jid-required"
    MAX_ITEMS_EXCEEDED = "max-items-exceeded"
    MAX_NODES_EXCEEDED = "max-nodes-exceeded"
    NODE_FULL = "node-full"
    NODEID_REQUIRED = "nodeid-required"
    NOT_IN_ROSTER_GROUP = "not-in-roster-group"
    NOT_SUBSCRIBED = "not-subscribed"
    PAYLOAD_REQUIRED = "payload-required"
    PAYLOAD_TOO_BIG = "payload-too-big"
    PENDING_SUBSCRIPTION = "pending-subscription"
    PRECONDITION_NOT_MET = "precondition-not-met"
    PRESENCE_SUBSCRIPTION_REQUIRED = "presence-subscription-required"
    SUBID_REQUIRED = "subid-required"
    TOO_MANY_SUBSCRIPTIONS = "too-many-subscriptions"
    UNSUPPORTED = "unsupported"
    """The service lacks the feature that is named."""
    UNSUPPORTED_ACCESS_MODEL = "unsupported-access-model"


class PubsubFeature(StrEnum):
    """The features that a service may have (section 11); in service discovery each stands behind the namespace and `#`."""

    ACCESS_AUTHORIZE = "access-authorize"
    ACCESS_OPEN = "access-open"
    ACCESS_PRESENCE = "access-presence"
    ACCESS_ROSTER = "access-roster"
    ACCESS_WHITELIST = "access-whitelist"
    AUTO_CREATE = "auto-create"
    AUTO_SUBSCRIBE = "auto-subscribe"
    COLLECTIONS = "collections"
    CONFIG_NODE = "config-node"
    CONFIG_NODE_MAX = "config-node-max"
    CREATE_AND_CONFIGURE = "create-and-configure"
    CREATE_NODES = "create-nodes"
    DELETE_ITEMS = "delete-items"
    DELETE_NODES = "delete-nodes"
    FILTERED_NOTIFICATIONS = "filtered-notifications"
    GET_PENDING = "get-pending"
    INSTANT_NODES = "instant-nodes"
    ITEM_IDS = "item-ids"
    LAST_PUBLISHED = "last-published"
    LEASED_SUBSCRIPTION = "leased-subscription"
    MANAGE_SUBSCRIPTIONS = "manage-subscriptions"
    MEMBER_AFFILIATION = "member-affiliation"
    META_DATA = "meta-data"
    MODIFY_AFFILIATIONS = "modify-affiliations"
    MULTI_COLLECTION = "multi-collection"
    MULTI_ITEMS = "multi-items"
    MULTI_SUBSCRIBE = "multi-subscribe"
    OUTCAST_AFFILIATION = "outcast-affiliation"
    PERSISTENT_ITEMS = "persistent-items"
    PRESENCE_NOTIFICATIONS = "presence-notifications"
    PRESENCE_SUBSCRIBE = "presence-subscribe"
    PUBLISH = "publish"
    PUBLISH_NODE_FULL = "publish-node-full"
    PUBLISH_ONLY_AFFILIATION = "publish-only-affiliation"
    PUBLISH_OPTIONS = "publish-options"
    PUBLISHER_AFFILIATION = "publisher-affiliation"
    PURGE_NODES = "purge-nodes"
    RETRACT_ITEMS = "retract-items"
    RETRIEVE_AFFILIATIONS = "retrieve-affiliations"
    RETRIEVE_DEFAULT = "retrieve-default"
    RETRIEVE_DEFAULT_SUB = "retrieve-default-sub"
    RETRIEVE_ITEMS = "retrieve-items"
    RETRIEVE_SUBSCRIPTIONS = "retrieve-subscriptions"
    SUBSCRIBE = "subscribe"
    SUBSCRIPTION_NOTIFICATIONS = "subscription-notifications"
    SUBSCRIPTION_OPTIONS = "subscription-options"


class PubsubError(Payload, ns=NAMESPACE, names=PubsubCondition):
    """A condition; `feature` belongs to `UNSUPPORTED`."""

    condition: PubsubCondition = field.name()
    feature: PubsubFeature | str | None = field.attribute(Enumeration(PubsubFeature, Unknown.KEEP), default=None)
