"""The document: every member is described."""

import re
from pathlib import Path

import msgspec

from narrowgate.adapters.config_file import load
from narrowgate.exposure.told import Here, exposure_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exposure.md"


def members(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(map(str, value)) | {name for inner in value.values() for name in members(inner)}
    return {name for inner in value for name in members(inner)} if isinstance(value, list) else set()


def test_every_member_is_described() -> None:
    told = exposure_of(load(None, {"OPENAI_API_KEY": "sk-x"}), Here(Path("/data"), 1, {}))
    document = msgspec.json.decode(msgspec.json.encode(told))
    described = set(re.findall(r"`(\w+)`", PAGE.read_text(encoding="utf-8")))
    assert members(document) - described == set()
    assert document["telemetry"] == []
