"""Access tokens of Google's: by key, refresh token, federation, or the machine's metadata. Standard library only.

Sources: https://developers.google.com/identity/protocols/oauth2/service-account,
https://google.aip.dev/auth/4117, https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token,
https://cloud.google.com/compute/docs/access/authenticate-workloads (read 2026-11).
"""

import json

from narrowgate.adapters.upstream.tokens.ask import Answer, Ask, ask_form, document_of
from narrowgate.adapters.upstream.tokens.credential import (
    Credential,
    Unobtainable,
    bearer,
    object_of,
    refused,
    text,
    token_in,
)
from narrowgate.signing.identities import GoogleFederated, GoogleIdentity, GoogleKey, GoogleMetadata, GoogleUser
from narrowgate.signing.jwt import rs256
from narrowgate.signing.rsa import Chance, read_key
from narrowgate.wire.instant import unix_of_rfc3339

_WHOSE = "Google's token service"
_LIFE_S = 3_600
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind


async def obtain(identity: GoogleIdentity, ask: Ask, now_s: float, chance: Chance) -> Credential:
    """Return a fresh access token.

    Raises:
        Unobtainable: there is none.
    """
    match identity:
        case GoogleKey():
            fields = {"grant_type": _JWT_GRANT, "assertion": _assertion(identity, int(now_s), chance)}
            return _token(await ask_form(ask, identity.token_url, fields), now_s)
        case GoogleUser():
            fields = {"grant_type": "refresh_token", "refresh_token": identity.refresh_token}
            fields |= {"client_id": identity.client_id, "client_secret": identity.client_secret}
            return _token(await ask_form(ask, identity.token_url, fields), now_s)
        case GoogleMetadata():
            return _token(await ask("GET", identity.url, (("metadata-flavor", "Google"),)), now_s)
        case GoogleFederated():
            return await _federated(identity, ask, now_s)


def _assertion(identity: GoogleKey, now_s: int, chance: Chance) -> str:
    claims: dict[str, str | int] = {"iss": identity.email, "scope": identity.scope, "aud": identity.token_url}
    claims |= {"iat": now_s, "exp": now_s + _LIFE_S}
    return rs256(claims, read_key(identity.private_key), chance, {"kid": identity.key_id} if identity.key_id else {})


async def _federated(identity: GoogleFederated, ask: Ask, now_s: float) -> Credential:
    fields = {
        "grant_type": _EXCHANGE_GRANT,
        "audience": identity.audience,
        "scope": identity.scope,
        "requested_token_type": _ACCESS_TOKEN,
        "subject_token_type": identity.subject_type,
        "subject_token": await _subject(identity, ask),
    }
    token = _token(await ask_form(ask, identity.token_url, fields), now_s)
    if not identity.impersonation_url:
        return token
    body = json.dumps({"scope": [identity.scope], "lifetime": f"{_LIFE_S}s"}).encode()
    headers = (("authorization", f"Bearer {token.value}"), ("content-type", "application/json"))
    whose = "Google's IAM"
    document = document_of(await ask("POST", identity.impersonation_url, headers, body), whose, _code)
    expires_s = unix_of_rfc3339(text(document, "expireTime", whose))
    if expires_s is None:
        raise Unobtainable(f"{whose} did not say how long its token is good for")
    return Credential(text(document, "accessToken", whose), expires_s)


async def _subject(identity: GoogleFederated, ask: Ask) -> str:
    """Return the other issuer's token."""
    if identity.file:
        found = token_in(identity.file)
    else:
        answer = await ask("GET", identity.url, identity.url_headers)
        if answer.status != 200:
            raise refused(answer.status, None, "the issuer of the subject token")
        found = answer.body.decode("latin-1").strip()
    if identity.field:
        whose = "the issuer of the subject token"
        return text(object_of(found.encode("latin-1"), whose), identity.field, whose)
    return found


def _token(answer: Answer, now_s: float) -> Credential:
    return bearer(document_of(answer, _WHOSE, _code), now_s, _WHOSE)


def _code(document: dict[str, object]) -> object:
    error = document.get("error")
    return error.get("status") if isinstance(error, dict) else error
