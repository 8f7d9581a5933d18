import pytest

from narrowgate.adapters.server.contract import Refused, Request
from narrowgate.adapters.server.keyring import check_proof, identify
from narrowgate.config.schema import Listen
from narrowgate.identity.keys import aws_secret_of, digest_of
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.principal import Principals
from narrowgate.signing.sigv4 import Credentials, SignableRequest, sign
from tests.pipeline.fakes import World, key, settings

TEXT = b"sk-ng-caller"
BODY = b"{}"


def edge(*, takes_signatures: bool = True) -> Edge:
    world = World(settings(listen=Listen(aws_signatures=takes_signatures)))
    made = world.edge
    made.principals = Principals((key(digest=digest_of(TEXT).hex()),))
    return made


def request(headers: dict[bytes, bytes], query: bytes = b"") -> Request:
    made = Request()
    made.method, made.path, made.query, made.headers = b"POST", b"/model/m/converse", query, headers
    return made


def signed(secret: str, now_s: int, body: bytes = BODY) -> Request:
    plain = SignableRequest("POST", "/model/m/converse", "", (("host", "h"),), body)
    headers = sign(plain, Credentials("key_1", secret), "us-east-1", "bedrock", now_s)
    return request({b"host": b"h"} | {name.lower().encode(): value.encode() for name, value in headers})


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({b"authorization": b"Bearer sk-ng-caller"}, b""),
        ({b"x-api-key": b"sk-ng-caller"}, b""),
        ({b"x-goog-api-key": b"sk-ng-caller"}, b""),
        ({}, b"alt=sse&key=sk-ng-caller"),
    ],
)
def test_a_key_is_found_wherever_clients_have_it(headers: dict[bytes, bytes], query: bytes) -> None:
    assert identify(edge(), request(headers, query)).key.id == "key_1"


@pytest.mark.parametrize("headers", [{}, {b"authorization": b"Basic x"}, {b"api-key": b"sk-other"}])
def test_no_key_or_an_unknown_one_is_refused(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(Refused):
        identify(edge(), request(headers))


def test_a_signature_counts_for_what_was_signed_alone() -> None:
    gate = edge()
    now_s = gate.clock.unix_ms() // 1_000
    asked = signed(aws_secret_of(digest_of(TEXT)), now_s)
    who = identify(gate, asked)
    assert check_proof(gate, asked, who, BODY) is None
    assert check_proof(gate, asked, who, b"{ }") is not None
    forged = signed("not the secret", now_s)
    assert check_proof(gate, forged, identify(gate, forged), BODY) is not None
    late = signed(aws_secret_of(digest_of(TEXT)), now_s - 3_600)
    assert check_proof(gate, late, identify(gate, late), BODY) is not None


def test_signatures_are_not_taken_unless_configured() -> None:
    gate = edge(takes_signatures=False)
    with pytest.raises(Refused) as caught:
        identify(gate, signed(aws_secret_of(digest_of(TEXT)), gate.clock.unix_ms() // 1_000))
    assert "aws_signatures" in caught.value.fault.message
