"""Carry seals through forms that are not their own."""

from narrowgate.model.conversation import Form, Seal, ToolCall

_TAG = "ng1."
_IN_ID = "__seal_"


def seal_text(seal: Seal, own: Form) -> str:
    """Return `seal` as a signature of the form `own` can carry it: as it is, or tagged if it is another's."""
    if seal.form is own:
        return seal.data
    identity = (seal.id or "").replace("%", "%25").replace(".", "%2E")  # a point ends it
    return f"{_TAG}{seal.form.value}.{identity}.{seal.data}"


def seal_of(text: str, own: Form, item_id: str | None = None) -> Seal:
    """Return the seal a signature in the form `own` stands for; the mirror of `seal_text`."""
    if text.startswith(_TAG):
        name, dot, rest = text[len(_TAG) :].partition(".")
        identity, second, data = rest.partition(".")
        if dot and second and name in _FORMS:
            return Seal(_FORMS[name], data, identity.replace("%2E", ".").replace("%25", "%") or None)
    return Seal(own, text, item_id)


def sealed_id(call: ToolCall) -> str:
    """Return a call's id with its seal in it, for forms that have no other place for one."""
    if call.seal is None:
        return call.id
    return f"{call.id}{_IN_ID}{call.seal.form.value}_{call.seal.data.encode().hex()}"


def split_id(text: str) -> tuple[str, Seal | None]:
    """Return (id, seal) of an id from `sealed_id`; any other id stands for itself."""
    identity, found, rest = text.partition(_IN_ID)
    if not found:
        return text, None
    name, _, data = rest.rpartition("_")
    try:
        return identity, Seal(_FORMS[name], bytes.fromhex(data).decode())
    except (KeyError, ValueError):
        return text, None


_FORMS = {form.value: form for form in Form}
