"""Settings that the environment may change: NARROWGATE_HOST, _PORT, _EDGES, _DATA, _CUSTODY."""

from collections.abc import Mapping

import msgspec

from narrowgate.config.complaint import Complaint, ConfigRefused
from narrowgate.config.schema import Config, Custody

_MOST_EDGES = 16
_MOST_PORT = 65_535


def with_environment(config: Config, environment: Mapping[str, str]) -> Config:
    """Return `config` with what the environment sets; a variable that is empty sets nothing.

    Raises:
        ConfigRefused: with every variable that cannot be used.
    """
    given = {
        word: environment[f"NARROWGATE_{word}"]
        for word in ("HOST", "PORT", "EDGES", "DATA", "CUSTODY")
        if environment.get(f"NARROWGATE_{word}")
    }
    if not given:
        return config
    complaints: list[Complaint] = []
    port = _number(given, "PORT", _MOST_PORT, complaints)
    edges = _number(given, "EDGES", _MOST_EDGES, complaints)
    words = [custody.value for custody in Custody]
    if given.get("CUSTODY", words[0]) not in words:
        fix = f"set it to {' or '.join(words)}"
        complaints.append(Complaint("environment.NARROWGATE_CUSTODY", "is not a place for keys", fix))
    if complaints:
        raise ConfigRefused(complaints)
    listen = msgspec.structs.replace(
        config.listen,
        host=given.get("HOST", config.listen.host),
        port=config.listen.port if port is None else port,
    )
    return msgspec.structs.replace(
        config,
        listen=listen,
        edges=config.edges if edges is None else edges,
        data=given.get("DATA", config.data),
        custody=Custody(given["CUSTODY"]) if "CUSTODY" in given else config.custody,
    )


def _number(given: Mapping[str, str], word: str, most: int, complaints: list[Complaint]) -> int | None:
    text = given.get(word)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most:
        return int(text)
    problem = f"is not a whole number from 0 to {most}"
    complaints.append(Complaint(f"environment.NARROWGATE_{word}", problem, "set it to one, or unset it"))
    return None
