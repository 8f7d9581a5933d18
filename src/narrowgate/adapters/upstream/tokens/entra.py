"""Access tokens of Entra ID: for an application, or for the machine's managed identity. Standard library only.

Sources: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow,
…/certificate-credentials, https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token,
https://learn.microsoft.com/azure/app-service/overview-managed-identity (read 2026-11).
"""

from urllib.parse import urlencode

from narrowgate.adapters.upstream.tokens.ask import Answer, Ask, ask_form, document_of
from narrowgate.adapters.upstream.tokens.credential import Credential, bearer, token_in
from narrowgate.signing.identities import EntraApp, EntraIdentity, EntraManaged
from narrowgate.signing.jwt import ps256
from narrowgate.signing.rsa import Chance, read_key

_WHOSE = "Entra ID"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE_S = 600
_MACHINES, _SERVICES = "2018-02-01", "2019-08-01"


async def obtain(identity: EntraIdentity, ask: Ask, now_s: float, chance: Chance) -> Credential:
    """Return a fresh access token.

    Raises:
        Unobtainable: there is none.
    """
    match identity:
        case EntraApp():
            fields = {"grant_type": "client_credentials", "client_id": identity.client_id, "scope": identity.scope}
            return _token(await ask_form(ask, identity.token_url, fields | _proof(identity, int(now_s), chance)), now_s)
        case EntraManaged():
            query = {"api-version": _SERVICES if identity.header else _MACHINES, "resource": identity.resource}
            query |= {"client_id": identity.client_id} if identity.client_id else {}
            header = ("x-identity-header", identity.header) if identity.header else ("metadata", "true")
            return _token(await ask("GET", f"{identity.url}?{urlencode(query)}", (header,)), now_s)


def _proof(identity: EntraApp, now_s: int, chance: Chance) -> dict[str, str]:
    if identity.client_secret:
        return {"client_secret": identity.client_secret}
    if identity.token_file:
        return {"client_assertion_type": _ASSERTION, "client_assertion": token_in(identity.token_file)}
    claims: dict[str, str | int] = {"aud": identity.token_url, "iss": identity.client_id, "sub": identity.client_id}
    claims |= {"jti": chance(16).hex(), "nbf": now_s, "iat": now_s, "exp": now_s + _LIFE_S}
    key = read_key(identity.private_key)
    return {
        "client_assertion_type": _ASSERTION,
        "client_assertion": ps256(claims, key, chance, {"x5t#S256": identity.thumbprint}),
    }


def _token(answer: Answer, now_s: float) -> Credential:
    return bearer(document_of(answer, _WHOSE, lambda document: document.get("error")), now_s, _WHOSE)
