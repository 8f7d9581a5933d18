import json

from narrowgate.adapters.upstream.origins import read_origins
from narrowgate.adapters.upstream.tokens.sources import sources_of
from narrowgate.signing.identities import AwsKeys, document_of
from tests.adapters.upstream.test_origins import ENTRY


def silent(sentence: str, fields: dict[str, str | int], *, is_good: bool) -> None:
    del sentence, fields, is_good


def test_every_origin_with_an_identity_has_a_source_of_its_own() -> None:
    identity = document_of(AwsKeys("A", "s"))
    origins = read_origins(json.dumps([ENTRY, ENTRY | {"identity": identity, "region": "r"}]).encode())
    first, second = sources_of(origins, {}, silent)
    assert first is None
    assert second is not None
    assert second.credential is None
