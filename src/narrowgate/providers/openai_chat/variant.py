"""Chat completions whose members have other names at a provider.

Source: https://cloud.ibm.com/apidocs/watsonx-ai#text-chat (read 2026-11).
"""

import msgspec

from narrowgate.providers.family import Variant

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()


def as_variant(body: bytes, variant: Variant) -> bytes:
    """Return a request in the members that `variant` says."""
    names = dict(variant.renamed)
    written: dict[str, object] = {}
    for name, value in _MEMBERS.decode(body).items():
        if name in variant.left_out:
            continue
        is_word = name == "tool_choice" and variant.word_choice_field and bytes(value).startswith(b'"')
        written[variant.word_choice_field if is_word else names.get(name, name)] = value
    for name, text in variant.added:
        written.setdefault(name, text)  # the client may have named another one
    return _ENCODER.encode(written)
