import pytest

from bench import translation
from narrowgate.dialects.registry import DIALECTS


def test_every_dialect_is_translated_to_every_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_ROUNDS", 1)
    monkeypatch.setattr(translation, "_CALLS", 1)
    rows = translation.table().splitlines()[3:]
    assert [row.split()[0] for row in rows] == [form.value for form in DIALECTS]
    assert all(row.count("as it came") == 1 for row in rows)
    assert all(row.count("/") == len(DIALECTS) - 1 for row in rows)
