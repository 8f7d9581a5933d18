"""The page is whole by itself, loads nothing, runs nothing, and escapes everything."""

from html.parser import HTMLParser

import msgspec

from narrowgate.supply.distribution import Distribution, Form, Inventory
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.report.page import page
from tests.supply.parts import distribution, inventory

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=y>&\u202e\x1b[31m"


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.values += [value or "" for name, value in attrs if name in {"href", "src", "style"}]


def elements(text: str) -> Elements:
    parser = Elements()
    parser.feed(text)
    return parser


def evil(weight: Weight) -> Distribution:
    finding = Finding(Reach.HIDDEN, EVIL, EVIL, 3, weight, at_import=True)
    one = distribution(EVIL, finding, msgspec.structs.replace(finding, reach=Reach.NETWORK), version=EVIL)
    return msgspec.structs.replace(one, wanted_by=(EVIL,), commands=(EVIL,), license=EVIL, notes=(EVIL,))


def test_what_distributions_choose_cannot_become_markup() -> None:
    here = Inventory(EVIL, "3.12", (evil(Weight.ALARM), distribution("a")), (EVIL,))
    text = page(here, EVIL)
    found = elements(text)
    assert not {"script", "img", "link", "iframe", "object"} & found.tags
    assert not {name for name in found.attributes if name.startswith("on")}
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_nothing_is_loaded() -> None:
    text = page(inventory(distribution("a", Finding(Reach.NETWORK, "connect", "a.so"))), "1.2")
    assert "default-src 'none'" in text
    assert "@import" not in text
    assert "url(" not in text
    assert all(value.startswith(("#", "background:var(")) for value in elements(text).values)


def test_the_tree_and_the_evidence_are_there() -> None:
    locked = msgspec.structs.replace(distribution("b"), form=Form.LOCKED)
    called = Finding(Reach.WRITE, "os.remove", "a.py", 7)
    text = page(inventory(distribution("a", called, Finding(Reach.PROCESS, "fork", "a.so")), locked), "1.2")
    assert "<svg" in text
    assert 'href="#d-a"' in text
    assert 'id="d-a"' in text
    assert "a.py:7" in text
    assert 'class="native"' in text
    assert "no files at hand" in text
