"""The records of the standards, the registry that is made of the modules, and what has to be there."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from statistics import median

import pytest

from tests.protocol.definitions import all_classes, broken_modules, classes_in, modules, numbers_of, short, standards_of
from tests.support import shared_dir
from tests.tools import compare_libraries
from tests.tools.class_lines import class_lines
from xmppwire.payload import find
from xmppwire.protocol import Status, standards
from xmppwire.protocol.standard import forms_of
from xmppwire.xml import Name

RECORDS = [one for module in modules() for one in standards_of(module)]
LISTED = """
Data forms: 0004 0068 0122 0128 0131 0141 0221
Discovery and addressing: 0030 0059 0092 0012 0202 0199 0115 0390 0106 0128 0156 0157 0232 0453
Messaging: 0085 0184 0203 0224 0245 0249 0280 0297 0308 0333 0334 0359 0367 0372 0380 0382 0393 0394
0422 0424 0425 0426 0428 0444 0461 0066 0071 0231 0264 0385 0446 0447 0449 0466 0482 0490
Invitations and onboarding: 0144 0145 0379 0401 0445 0147
Trust and calls: 0450 0481 0482
Newer: 0272 0283 0355 0389 0413 0431 0442 0448 0452 0470 0472 0485 0487 0488 0489 0491 0500 0503
0509 0514 0515
Rooms: 0045 0317 0402 0048 0410 0421 0433 0463 0486
Archive and storage: 0313 0441 0049 0060 0163 0222 0223 0084 0107 0108 0118 0172 0054 0153 0292 0398
0227
Account and privacy: 0077 0191 0377 0357 0352 0050 0055 0158 0455 0478 0215 0363
Files and calls: 0047 0065 0166 0167 0176 0177 0234 0260 0261 0293 0294 0300 0320 0338 0339 0353
Encryption envelopes: 0384 0373 0374 0420 0434 0450
Further: 0009 0013 0016 0020 0027 0033 0070 0079 0080 0091 0095 0096 0100 0133 0152 0186 0196 0235
0256 0257 0258 0277 0279 0301 0319 0323 0325 0328 0332 0335 0356 0369 0403 0404 0405 0406 0407 0437
0439 0441 0454 0462 0469 0492 0494 0502 0511 0513
Stream level: 0198 0138 0220 0288 0114 0386 0388 0440 0474 0480 0484
"""
"""The extensions that are to be there, by their numbers."""
FOREIGN = {"jabber:client", "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://xmlns.com/foaf/0.1/"}
"""Namespaces that belong to no record: that of stanzas, and vocabularies of others."""
TYPED_AT_LEAST = 170
MEDIAN_BELOW = 8


def test_every_module_states_its_standard_or_is_a_part_of_one() -> None:
    numbers = {one.number for one in RECORDS}
    for module in modules():
        part_of = getattr(module, "PART_OF", None)
        assert bool(standards_of(module)) != bool(part_of), f"{module.__name__}: STANDARD, STANDARDS or PART_OF"
        assert part_of is None or part_of in numbers, (
            f"{module.__name__} is a part of {part_of}, which no module states"
        )
    assert not broken_modules()


def test_a_standard_is_stated_once() -> None:
    numbers = [one.number for one in RECORDS]
    assert not {number for number in numbers if numbers.count(number) > 1}


def test_records_are_what_the_publisher_says() -> None:
    index = json.loads((shared_dir() / "corpus" / "xep_index.json").read_text(encoding="utf-8"))
    published = {f"XEP-{one['xep']}": one for one in index}
    wrong: list[str] = []
    for one in RECORDS:
        if not one.number.startswith("XEP-"):
            continue
        entry = published[one.number]
        status = Status.STABLE if entry["status"] == "Draft" else Status(entry["status"])
        title = " ".join(entry["title"].split())
        if (one.name, one.status, one.version) != (title, status, entry["version"]):
            wrong.append(
                f"{one.number}: {title!r}, {status}, {entry['version']}; not {one.name!r}, {one.status}, {one.version}"
            )
    assert not wrong, "\n".join(wrong)


def test_namespaces_are_stated() -> None:
    """All those of the classes, where the module is of one standard; and none twice."""
    for one in RECORDS:
        assert len(set(one.namespaces)) == len(one.namespaces), one.number
    for module in modules():
        numbers = numbers_of(module)
        stated = {namespace for one in RECORDS if short(one.number) in numbers for namespace in one.namespaces}
        used = {namespace for cls in classes_in(module) if not cls.nested for namespace, _ in cls.element_names}
        assert used <= stated | FOREIGN, f"{module.__name__}: namespaces of the record lack {used - stated}"


def test_no_element_has_two_classes() -> None:
    owners: defaultdict[Name, list[str]] = defaultdict(list)
    for module in modules():
        for cls in classes_in(module):
            if cls.nested:
                continue
            for name in cls.element_names:
                owners[name].append(f"{cls.__module__}.{cls.__qualname__}")
                assert find(name) is not None
    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


def test_the_index_is_current() -> None:
    """Else: python -m tests.tools.protocol_index --write, and format it."""
    from xmppwire.protocol.index import MODULES

    wanted: dict[str, set[Name]] = {
        module.__name__.rpartition(".")[2]: {
            name for cls in classes_in(module) if not cls.nested for name in cls.element_names
        }
        for module in modules()
    }
    assert {module: set(names) for module, names in MODULES.items()} == wanted


def test_all_listed_extensions_have_records() -> None:
    numbers = {short(one.number) for one in RECORDS}
    assert not set(re.findall(r"\d{4}", LISTED)) - numbers
    assert {"RFC6120", "RFC6121", "RFC7395"} <= numbers


def typed() -> frozenset[str]:
    """The short numbers of the standards that have classes for elements."""
    return frozenset(number for module in modules() if classes_in(module) for number in numbers_of(module))


def test_enough_of_them_have_classes(record_property: Callable[[str, object], None]) -> None:
    extensions = {number for number in typed() if number.isdigit()}
    record_property("typed", len(extensions))
    print(f"{len(extensions)} extensions have classes")
    assert len(extensions) >= TYPED_AT_LEAST


def test_standards_are_the_records_with_their_classes() -> None:
    assert {one.number for one in standards()} == {one.number for one in RECORDS}
    forms = {number for module in modules() if forms_of(module) for number in numbers_of(module)}
    assert {short(one.number) for one in standards() if one.classes} == typed() | forms


def test_definitions_are_short(record_property: Callable[[str, object], None]) -> None:
    lines = class_lines(cls for _, cls in all_classes())
    middle = median(lines.values())
    record_property("median", middle)
    print(f"{len(lines)} classes, median {middle} lines")
    assert middle < MEDIAN_BELOW


@pytest.mark.parametrize("library", ["slixmpp", "xmpp-rs"])
def test_nobody_loses_an_extension(library: str) -> None:
    theirs = compare_libraries.slixmpp() if library == "slixmpp" else compare_libraries.XMPP_RS
    if theirs is None:
        pytest.skip("slixmpp is not installed")
    assert len(theirs) >= 78
    left = compare_libraries.left(theirs, typed())
    assert not [number for number, reason in left.items() if reason == "missing"]
