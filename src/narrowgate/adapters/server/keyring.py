"""Whose key a request carries, in whichever way its dialect's clients send one."""

from narrowgate.adapters.server.contract import Refused, Request
from narrowgate.identity.keys import aws_secret_of, digest_of
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.principal import Principal
from narrowgate.signing.sigv4 import SignableRequest, parse_authorization, verify
from narrowgate.wire.errors import WireError

_KEY_HEADERS = (b"x-api-key", b"api-key", b"x-goog-api-key")
_SIGNED = b"aws4-hmac-sha256 "


def identify(edge: Edge, request: Request) -> Principal:
    """Return whose key the request carries. Of a signed request `proof` is set: see `check_proof`.

    Raises:
        Refused: no key, or none that is valid now.
    """
    value = request.headers.get(b"authorization")
    if value is not None and value[:17].lower() == _SIGNED:
        principal = _signer(edge, request, value)
    else:
        text = _presented_key(request)
        if not text:
            message = "no key: send a virtual key as 'Authorization: Bearer …' (or x-api-key, api-key, x-goog-api-key)"
            raise _refused(message, "missing_api_key")
        principal = edge.principals.find(digest_of(text))
    if principal is None:
        message = "the key is not known here; it must be a virtual key of this gateway, not a provider's"
        raise _refused(message, "invalid_api_key")
    key = principal.key
    if not key.is_enabled:
        raise _refused(f"key '{key.id}' is revoked or disabled", "disabled_api_key")
    if key.expires_at_s is not None and edge.clock.unix_ms() >= key.expires_at_s * 1_000:
        raise _refused(f"key '{key.id}' has expired", "expired_api_key")
    return principal


def check_proof(edge: Edge, request: Request, principal: Principal, body: bytes) -> Fault | None:
    """Return why a signed request does not count, None when it does or is not signed."""
    proof = request.proof
    if proof is None:
        return None
    signed = SignableRequest(
        request.method.decode("latin-1"),
        request.path.decode("latin-1"),
        request.query.decode("latin-1"),
        tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.items()),
        body,
    )
    secret = aws_secret_of(bytes.fromhex(principal.key.digest))
    flaw = verify(signed, proof, secret, edge.clock.unix_ms() // 1_000)
    if flaw is None:
        return None
    return Fault(FaultKind.UNAUTHENTICATED, f"the signature does not count: {flaw.value}", code="invalid_signature")


def _signer(edge: Edge, request: Request, value: bytes) -> Principal | None:
    if not edge.settings.listen.aws_signatures:
        message = "requests signed as AWS's are not taken here; send a virtual key, or set listen.aws_signatures"
        raise _refused(message, "invalid_api_key")
    try:
        request.proof = parse_authorization(value.decode("latin-1"))
    except WireError as error:
        raise _refused(str(error), "invalid_signature") from None
    return edge.principals.named(request.proof.access_key_id)


def _presented_key(request: Request) -> bytes:
    """Return the key a client presents, in whichever of the usual headers; Google's users may have it in the query."""
    headers = request.headers
    value = headers.get(b"authorization")
    if value is not None:
        if value[:7].lower() == b"bearer ":
            return value[7:].strip()
        return b""
    for name in _KEY_HEADERS:
        value = headers.get(name)
        if value is not None:
            return value.strip()
    return next((pair[4:] for pair in request.query.split(b"&") if pair.startswith(b"key=")), b"")


def _refused(message: str, code: str) -> Refused:
    return Refused(Fault(FaultKind.UNAUTHENTICATED, message, code=code))
