"""Access keys of AWS's that expire: of a container, a machine, a web identity, an assumed role. Standard library only.

Sources: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html,
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
…/API_AssumeRoleWithWebIdentity.html (read 2026-11).
"""

import re
from urllib.parse import quote, urlencode, urlsplit

from narrowgate.adapters.upstream.tokens.ask import Answer, Ask, ask_form
from narrowgate.adapters.upstream.tokens.credential import Credential, Unobtainable, object_of, refused, text, token_in
from narrowgate.signing.identities import AwsContainer, AwsIdentity, AwsInstance, AwsKeys, AwsRole, AwsWebIdentity
from narrowgate.signing.sigv4 import Credentials, SignableRequest, sign
from narrowgate.wire.instant import unix_of_rfc3339

_VERSION = {"Version": "2011-06-15", "DurationSeconds": "3600"}
_FORM = "application/x-www-form-urlencoded"
_IN_XML = re.compile(r"<(AccessKeyId|SecretAccessKey|SessionToken|Expiration|Code)>([^<>&]{1,8192})</\1>")
_REGION = re.compile(r"sts[.-](?:fips\.)?([a-z0-9-]+)\.")


async def obtain(identity: AwsIdentity, ask: Ask, now_s: float, region: str) -> Credential:
    """Return a fresh access key. `region` is what requests to STS are signed for.

    Raises:
        Unobtainable: there is none.
    """
    match identity:
        case AwsKeys():
            return Credential(
                Credentials(identity.access_key_id, identity.secret_access_key, identity.session_token or None), None
            )
        case AwsContainer():
            token = token_in(identity.token_file) if identity.token_file else identity.token
            return _of_document(await ask("GET", identity.url, (("authorization", token),) if token else ()))
        case AwsInstance():
            return await _of_instance(identity, ask)
        case AwsWebIdentity():
            fields = {"Action": "AssumeRoleWithWebIdentity", **_VERSION, "RoleArn": identity.role}
            fields |= {"RoleSessionName": identity.session, "WebIdentityToken": token_in(identity.token_file)}
            return _of_sts(await ask_form(ask, identity.sts_url, fields))
        case AwsRole():
            base = await obtain(identity.base, ask, now_s, region)
            return _of_sts(await _assume(identity, base, ask, int(now_s), region))


async def _assume(identity: AwsRole, base: Credential, ask: Ask, now_s: int, region: str) -> Answer:
    fields = {"Action": "AssumeRole", **_VERSION, "RoleArn": identity.role, "RoleSessionName": identity.session}
    fields |= {"ExternalId": identity.external_id} if identity.external_id else {}
    body = urlencode(fields).encode("ascii")
    where = urlsplit(identity.sts_url)
    own = (("host", where.netloc), ("content-type", _FORM))
    assert isinstance(base.value, Credentials)
    request = SignableRequest("POST", where.path or "/", "", own, body)
    named = _REGION.match(where.netloc)
    proof = sign(request, base.value, named[1] if named else region, "sts", now_s)
    return await ask("POST", identity.sts_url, (own[1], *proof), body)


async def _of_instance(identity: AwsInstance, ask: Ask) -> Credential:
    session = await ask("PUT", f"{identity.url}/latest/api/token", (("x-aws-ec2-metadata-token-ttl-seconds", "300"),))
    if session.status != 200:
        raise refused(session.status, None, "the metadata service")
    token = (("x-aws-ec2-metadata-token", session.body.decode("latin-1").strip()),)
    folder = f"{identity.url}/latest/meta-data/iam/security-credentials/"
    roles = await ask("GET", folder, token)
    role = roles.body.decode("latin-1").strip()
    if roles.status != 200 or not role:
        raise refused(roles.status, None, "the metadata service, asked for this machine's role,")
    return _of_document(await ask("GET", folder + quote(role.splitlines()[0], safe=""), token))


def _of_document(answer: Answer) -> Credential:
    whose = "the credentials endpoint"
    if answer.status != 200:
        raise refused(answer.status, None, whose)
    document = object_of(answer.body, whose)
    if str(document.get("Code", "Success")) != "Success":
        raise Unobtainable(f"{whose} has no credentials for this role")
    words = {name: text(document, name, whose) for name in ("AccessKeyId", "SecretAccessKey", "Token", "Expiration")}
    return _credential(words["AccessKeyId"], words["SecretAccessKey"], words["Token"], words["Expiration"])


def _of_sts(answer: Answer) -> Credential:
    said = dict(_IN_XML.findall(answer.body.decode("utf-8", "replace")))
    if answer.status != 200:
        raise refused(answer.status, said.get("Code"), "STS")
    try:
        return _credential(said["AccessKeyId"], said["SecretAccessKey"], said["SessionToken"], said["Expiration"])
    except KeyError:
        raise Unobtainable("STS answered without credentials") from None


def _credential(key_id: str, secret: str, token: str, expires: str) -> Credential:
    expires_s = unix_of_rfc3339(expires)
    if expires_s is None:
        raise Unobtainable("AWS did not say how long its credentials are good for")
    return Credential(Credentials(key_id, secret, token), expires_s)
