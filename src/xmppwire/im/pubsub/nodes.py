"""Nodes (XEP-0060 sections 5.4, 8.1 to 8.4): made, configured, deleted.

    await client.run(create_node("musings", NodeConfig(title="Musings", max_items=20), service=service))
    await client.run(change_node("musings", service=service, access_model=AccessModel.OPEN))

A form as the service proposes it comes from `fetch_node_form`; `NodeConfig.answer(form, title="Musings")` fills it in.
"""

from __future__ import annotations

from typing import Any

from ...jid import JID
from ...operation import Operation, request
from ...payload import PayloadError
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.disco import DiscoInfo
from ...protocol.pubsub import Configure, Create, Pubsub
from ...protocol.pubsub_forms import NodeConfig, NodeMetadata
from ...protocol.pubsub_owner import NodeType, OwnerConfigure, OwnerDefault, OwnerDelete, OwnerRedirect, PubsubOwner
from ...stanza import Iq
from .errors import PubsubAnswerError, answer_of, ask, owner_answer_of


def create_node(
    node: str | None = None,
    config: NodeConfig | DataForm | None = None,
    *,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[str]:
    """Make a node, configured as `config` says or as the service likes; returns its name. Without a name the service chooses
    one (section 8.1). Raises PubsubIqError (`conflict` for a name that is taken), PubsubAnswerError where the service does
    not tell the name that it chose."""
    configure = None if config is None else Configure(form=_submitted(config))
    query = Pubsub(action=Create(node=node), configure=configure)
    reply = yield from ask(Iq("set", service, payload=query), timeout)
    action = answer_of(reply).action
    name = action.node if isinstance(action, Create) and action.node is not None else node
    if name is None:
        raise PubsubAnswerError("the service does not say what it calls the node")
    return name


def fetch_node_form(
    node: str, *, service: JID | str | None = None, timeout: float | None = None
) -> Operation[DataForm]:
    """How a node is configured, as a form for its owner to fill in (section 8.2). `NodeConfig.from_form` reads it. Raises
    PubsubIqError, and PubsubAnswerError for an answer without a form."""
    query = PubsubOwner(action=OwnerConfigure(node=node))
    reply = yield from ask(Iq("get", service, payload=query), timeout)
    action = owner_answer_of(reply).action
    return _form(action.form if isinstance(action, OwnerConfigure) else None)


def fetch_default_node_form(
    *, service: JID | str | None = None, type: NodeType = NodeType.LEAF, timeout: float | None = None
) -> Operation[DataForm]:
    """How a new node is configured unless told otherwise (section 8.3). Raises PubsubIqError, and PubsubAnswerError for an
    answer without a form."""
    query = PubsubOwner(action=OwnerDefault(type=type))
    reply = yield from ask(Iq("get", service, payload=query), timeout)
    action = owner_answer_of(reply).action
    return _form(action.form if isinstance(action, OwnerDefault) else None)


def configure_node(
    node: str,
    config: NodeConfig | DataForm,
    *,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[None]:
    """Configure a node (section 8.2). Many services take a form with some fields only, and keep the others as they are; see
    `change_node` for those that do not. Raises PubsubIqError."""
    query = PubsubOwner(action=OwnerConfigure(node=node, form=_submitted(config)))
    yield from ask(Iq("set", service, payload=query), timeout)


def change_node(
    node: str, *, service: JID | str | None = None, timeout: float | None = None, **changes: Any
) -> Operation[None]:
    """Change some settings of a node, named as the fields of `NodeConfig`, and leave the others as they are: the form is
    fetched, filled in and sent back. Raises PubsubIqError, PubsubAnswerError, PayloadError for a setting that the service
    does not have or a value that it does not take, and TypeError for a name that is none."""
    form = yield from fetch_node_form(node, service=service, timeout=timeout)
    yield from configure_node(node, NodeConfig.answer(form, **changes), service=service, timeout=timeout)


def delete_node(
    node: str, *, redirect: str | None = None, service: JID | str | None = None, timeout: float | None = None
) -> Operation[None]:
    """Delete a node with all its items (section 8.4). `redirect` is the URI of the node that takes its place. Raises
    PubsubIqError."""
    target = None if redirect is None else OwnerRedirect(uri=redirect)
    query = PubsubOwner(action=OwnerDelete(node=node, redirect=target))
    yield from ask(Iq("set", service, payload=query), timeout)


def fetch_node_metadata(
    node: str, *, service: JID | str | None = None, timeout: float | None = None
) -> Operation[NodeMetadata | None]:
    """What a node tells about itself to everybody (section 5.4); None where it tells nothing that can be read. Raises what
    `request` raises."""
    reply = yield from request(Iq("get", service, payload=DiscoInfo(node=node)), timeout)
    info = reply.get(DiscoInfo)
    form = None if info is None else info.get_form(NodeMetadata.form_types[0])
    try:
        return None if form is None else NodeMetadata.from_form(form)
    except PayloadError:
        return None


def _submitted(config: NodeConfig | DataForm) -> DataForm:
    return config.to_form() if isinstance(config, NodeConfig) else config


def _form(form: DataForm | None) -> DataForm:
    if form is None or form.type is not DataFormType.FORM:
        raise PubsubAnswerError("the service gives no form")
    return form
