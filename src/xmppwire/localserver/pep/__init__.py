"""Personal eventing (XEP-0163): each account is a publish-subscribe service of its own (XEP-0060).

What is done: nodes that make themselves, their configuration and publish-options, items with pages, retracting and purging, the
access models `open`, `presence`, `roster` and `whitelist` with affiliations, explicit subscriptions, and events: to those who
subscribed, and to clients of the account and of its contacts that say by their capabilities that they are interested. Contacts
on other servers get events only if they subscribe. Nobody but the owner publishes.
"""

from .service import PersonalEventingService

__all__ = ["PersonalEventingService"]
