"""Read the body of a create or change, and say all that is wrong with it at once."""

import difflib

import msgspec

from narrowgate.identity.requests import KeyRequest
from narrowgate.model.fault import Failed, Fault, FaultKind

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FIELD = msgspec.json.Decoder(KeyRequest)
_KNOWN = KeyRequest.__struct_fields__


def read_key_request(body: bytes) -> KeyRequest:
    """Return what a body asks for; an empty body asks for nothing in particular.

    Raises:
        Failed: names every field that is unknown or of the wrong type.
    """
    asked, problems = KeyRequest(), dict[str, str]()
    for name, value in _object(body).items():
        if name not in _KNOWN:
            problems[name] = _unknown(name)
            continue
        try:
            field = _FIELD.decode(b'{"%b":%b}' % (name.encode(), _exact(name, bytes(value))))
        except msgspec.ValidationError as error:
            place, problem = _told(name, str(error))
            problems[place] = problem
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            problems[name] = "is not valid JSON in UTF-8"
        else:
            asked = msgspec.structs.replace(asked, **{name: getattr(field, name)})
    if problems:
        message = "; ".join(f"{place[:60]}: {problem}" for place, problem in problems.items())
        raise Failed(Fault(FaultKind.BAD_REQUEST, message, param=next(iter(problems))[:60], code="invalid_body"))
    return asked


def _object(body: bytes) -> dict[str, msgspec.Raw]:
    try:
        return _OBJECT.decode(body or b"{}")
    except msgspec.ValidationError:
        raise _no_object("the body is not a JSON object") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _no_object("the body is not valid JSON") from None


def _no_object(message: str) -> Failed:
    return Failed(Fault(FaultKind.BAD_REQUEST, message, code="invalid_body"))


def _exact(name: str, value: bytes) -> bytes:
    """Return a number of USD as text: as a float, its last digits would be others."""
    return b'"%b"' % value if name == "budget_usd" and value[:1] in b"-0123456789" else value


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, _KNOWN, n=1)
    return f"is no field; did you mean '{near[0]}'?" if near else f"is no field; there are {', '.join(_KNOWN)}"


def _told(name: str, message: str) -> tuple[str, str]:
    """Return the path and the problem in a decoder's message."""
    problem, _, place = message.partition(" - at `$.")
    return place.removesuffix("`") or name, (problem[:1].lower() + problem[1:]).replace("`", "'")
