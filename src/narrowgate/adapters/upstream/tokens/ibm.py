"""Access tokens of IBM Cloud's, for an API key. Standard library only.

Source: https://cloud.ibm.com/docs/iam?topic=iam-iamtoken_from_apikey (read 2026-11).
"""

from narrowgate.adapters.upstream.tokens.ask import Ask, ask_form, document_of
from narrowgate.adapters.upstream.tokens.credential import Credential, bearer
from narrowgate.signing.identities import IbmKey

_WHOSE = "IBM Cloud's IAM"
_GRANT = "urn:ibm:params:oauth:grant-type:apikey"


async def obtain(identity: IbmKey, ask: Ask, now_s: float) -> Credential:
    """Return a fresh access token.

    Raises:
        Unobtainable: there is none.
    """
    answer = await ask_form(ask, identity.token_url, {"grant_type": _GRANT, "apikey": identity.api_key})
    return bearer(document_of(answer, _WHOSE, lambda document: document.get("errorCode")), now_s, _WHOSE)
