"""The schemas printed in the standards, for as far as they compile."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.protocol.corpus import reference
from xmppwire.xml import XML_NAMESPACE, Name

_XS = "{http://www.w3.org/2001/XMLSchema}"


@cache
def _index() -> tuple[dict[str, Any], ...]:
    folder = reference()
    if folder is None:
        return ()
    entries = json.loads((folder / "schemas" / "index.json").read_text(encoding="utf-8"))
    return tuple(one for one in entries if one["compiles_xmlschema"] or one["compiles_with_imports_supplied"])


@cache
def _declared() -> dict[Name, tuple[str, ...]]:
    """The files whose schema declares an element that may stand alone, by its name."""
    found: defaultdict[Name, list[str]] = defaultdict(list)
    for entry in _index():
        root = ET.fromstring(_source(entry["file"]))
        for node in root.findall(f"{_XS}element"):
            found[root.get("targetNamespace", ""), node.get("name", "")].append(entry["file"])
    return {name: tuple(files) for name, files in found.items()}


def _source(file: str) -> str:
    """The text of a schema; all that it imports lies in the same folder, also what it forgot to import."""
    folder = reference()
    assert folder is not None
    text = (folder / "schemas" / file).read_text(encoding="utf-8").partition("?>")[2].strip()
    prefixes = dict(re.findall(r"xmlns:([\w-]+)\s*=\s*['\"]([^'\"]+)", text))
    used = {ns for prefix, ns in prefixes.items() if re.search(rf"\b(?:ref|type|base)\s*=\s*['\"]{prefix}:", text)}
    if re.search(r"ref\s*=\s*['\"]xml:", text):
        used.add(XML_NAMESPACE)
    used |= set(re.findall(r"import[^>]*?namespace\s*=\s*['\"]([^'\"]+)", text))
    text = re.sub(r"<(?:\w+:)?import\b[^>]*?(?:/>|>\s*</(?:\w+:)?import>)", "", text)
    target = re.search(r"targetNamespace\s*=\s*['\"]([^'\"]+)", text)
    head = re.search(r"<(\w+:)?schema\b[^>]*>", text)
    assert head is not None
    imports = ""
    for namespace in sorted(used - {target[1] if target else "", _XS[1:-1]}):
        known = next((one["file"] for one in _index() if one["target_namespace"] == namespace), None)
        location = f" schemaLocation='{known}'" if known and namespace != XML_NAMESPACE else ""
        imports += f"<{head[1] or ''}import namespace='{namespace}'{location}/>"
    return text[: head.end()] + imports + text[head.end() :]


@cache
def _folder() -> TemporaryDirectory[str]:
    """All of them as files (removed with the process)."""
    folder = TemporaryDirectory(prefix="xmppwire-schemas-")
    for entry in _index():
        Path(folder.name, entry["file"]).write_text(_source(entry["file"]), encoding="utf-8")
    return folder


def schema_file(name: Name, number: str) -> str | None:
    """The file of the schema that declares an element: that of the standard with the short `number`, else the first."""
    files = _declared().get(name, ())
    prefix = f"xep-{number}_" if number.isdigit() else number.lower().replace("rfc", "rfc-") + "_"
    return next((file for file in files if file.startswith(prefix)), files[0] if files else None)


@cache
def schema(file: str) -> Any:
    """The compiled schema. Skips without the package that compiles."""
    xmlschema = pytest.importorskip("xmlschema", reason="xmlschema is not installed")
    return xmlschema.XMLSchema(str(Path(_folder().name, file)), allow="local", defuse="never")


def faults(file: str, xml: str) -> list[str]:
    """What is wrong with an element by a schema."""
    return [f"{error.path}: {error.reason}" for error in schema(file).iter_errors(ET.fromstring(xml))]
