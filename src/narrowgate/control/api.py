"""The admin API: a table of routes, the token's check, keys and usage."""

import hashlib
import hmac
from collections.abc import Callable

import msgspec

from narrowgate.adapters.store.rows import Filter
from narrowgate.adapters.store.store import Store, StoreUnavailable
from narrowgate.control.benches import BenchApi
from narrowgate.control.bodies import read_key_request
from narrowgate.control.queries import FILTERS, Query, bad_parameter
from narrowgate.control.shapes import describe_keys, describe_row, receipt_of
from narrowgate.dialects.openai.errors import render_fault
from narrowgate.identity.keys import VirtualKey, aws_secret_of, digest_of, hint_of, new_key_text
from narrowgate.identity.requests import BadKeyRequest, KeyRequest, apply_request, new_key
from narrowgate.model.admin import AdminAnswer, AdminRequest
from narrowgate.model.fault import Failed, Fault, FaultKind, http_status

_JSON = "application/json"
_MOST_ROWS = 1_000
_USUAL_ROWS = 50

Params = dict[str, str]


class AdminApi:
    """Answers admin calls. The token is checked before anything else is said about a path."""

    def __init__(
        self,
        store: Store,
        admin_digest: bytes,
        now_s: Callable[[], int],
        random_bytes: Callable[[int], bytes],
        exposure: bytes = b"",
    ) -> None:
        self._store = store
        self._admin_digest = admin_digest
        self._now_s = now_s
        self._random_bytes = random_bytes
        self._exposure = exposure
        self.benches = BenchApi(store, now_s)
        self._routes: dict[tuple[str, ...], dict[str, Callable[[AdminRequest, Params], AdminAnswer]]] = {
            ("keys",): {"GET": self._list_keys, "POST": self._create_key},
            ("keys", "{id}"): {"GET": self._show_key, "PATCH": self._change_key, "DELETE": self._revoke_key},
            ("keys", "{id}", "rotate"): {"POST": self._rotate_key},
            ("usage",): {"GET": self._usage},
            ("usage", "summary"): {"GET": self._summary},
            ("calls", "{id}"): {"GET": self._call},
            ("benches",): {"GET": self._benches, "POST": self._bench, "DELETE": self._lift},
        }

    def refusal(self, request: AdminRequest) -> AdminAnswer | None:
        """Return the answer for a request without the admin token, or None when it has it."""
        scheme, _, token = request.authorization.partition(" ")
        digest = hashlib.sha256(token.strip().encode("latin-1", "replace")).digest()
        if scheme.lower() == "bearer" and hmac.compare_digest(digest, self._admin_digest):
            return None
        message = "admin calls need the admin token as 'Authorization: Bearer …'"
        return _fault(Fault(FaultKind.UNAUTHENTICATED, message, code="invalid_admin_token"))

    def answer(self, request: AdminRequest) -> AdminAnswer:
        """Answer one admin call."""
        refused = self.refusal(request)
        if refused is not None:
            return refused
        try:
            return self._dispatch(request)
        except Failed as failed:
            return _fault(failed.fault)
        except StoreUnavailable as error:
            return _fault(Fault(FaultKind.OVERLOADED, str(error), retry_after_s=1))

    def _dispatch(self, request: AdminRequest) -> AdminAnswer:
        if request.path == "/exposure":
            return AdminAnswer(200, _JSON, self._exposure)
        root, *parts = request.path.removeprefix("/").removesuffix("/").split("/")
        for pattern, methods in self._routes.items():
            params = _match(pattern, tuple(parts)) if root == "admin" else None
            if params is None:
                continue
            act = methods.get(request.method)
            if act is None:
                allowed = ", ".join(methods)
                raise Failed(Fault(FaultKind.METHOD_NOT_ALLOWED, f"this path takes {allowed}"))
            return act(request, params)
        raise Failed(Fault(FaultKind.NOT_FOUND, f"there is nothing at '{request.path[:100]}'", code="unknown_url"))

    # -- keys ----------------------------------------------------------------------------------------------

    def _list_keys(self, _request: AdminRequest, _params: Params) -> AdminAnswer:
        return _json(200, {"data": describe_keys(self._store.all_keys(), self._store, self._now_s())})

    def _show_key(self, _request: AdminRequest, params: Params) -> AdminAnswer:
        return _json(200, self._described(_known(self._store.key(params["id"]), params["id"])))

    def _create_key(self, request: AdminRequest, _params: Params) -> AdminAnswer:
        asked = read_key_request(request.body)
        text = new_key_text(self._random_bytes)
        key_id = f"key_{self._random_bytes(8).hex()}"
        blank = new_key(key_id, digest_of(text.encode()).hex(), hint_of(text), self._now_s())
        key = self._store.create_key(_applied(blank, asked))
        return _json(201, {"key": text, "aws_secret_access_key": _aws_secret(text), **self._described(key)})

    def _change_key(self, request: AdminRequest, params: Params) -> AdminAnswer:
        asked = read_key_request(request.body)
        key = self._store.change_key(params["id"], lambda key: _applied(key, asked))
        return _json(200, self._described(_known(key, params["id"])))

    def _revoke_key(self, _request: AdminRequest, params: Params) -> AdminAnswer:
        if not self._store.revoke_key(params["id"]):
            raise _unknown_key(params["id"])
        return _json(200, {"id": params["id"], "revoked": True})

    def _rotate_key(self, _request: AdminRequest, params: Params) -> AdminAnswer:
        text = new_key_text(self._random_bytes)
        key = self._store.rotate_key(params["id"], digest_of(text.encode()).hex(), hint_of(text))
        described = self._described(_known(key, params["id"]))
        return _json(200, {"key": text, "aws_secret_access_key": _aws_secret(text), **described})

    def _described(self, key: VirtualKey) -> dict[str, object]:
        return describe_keys([key], self._store, self._now_s())[0]

    # -- usage ---------------------------------------------------------------------------------------------

    def _usage(self, request: AdminRequest, _params: Params) -> AdminAnswer:
        query = Query(request.query, FILTERS | {"limit", "cursor"})
        limit = query.number("limit")
        limit = _USUAL_ROWS if limit is None else limit
        if not 1 <= limit <= _MOST_ROWS:
            raise Failed(bad_parameter("limit", f"must be between 1 and {_MOST_ROWS}"))
        rows = self._store.usage_rows(query.filter(), limit)
        cursor = f"{rows[-1].started_at_ms}.{rows[-1].call_id}" if len(rows) == limit else None
        return _json(200, {"data": [describe_row(row) for row in rows], "next_cursor": cursor})

    def _summary(self, request: AdminRequest, _params: Params) -> AdminAnswer:
        query = Query(request.query, FILTERS | {"by"})
        by = query.text("by") or "key"
        column = {"key": "key_id", "model": "model", "provider": "provider"}.get(by)
        if column is None:
            raise Failed(bad_parameter("by", f"'{by[:40]}' is not one of key, model, provider"))
        names = ("name", "calls", "input_tokens", "output_tokens", "cost_usd_e9", "calls_of_unknown_cost")
        rows = self._store.summary(query.filter(), column)
        return _json(200, {"by": by, "data": [dict(zip(names, row, strict=True)) for row in rows]})

    def _call(self, _request: AdminRequest, params: Params) -> AdminAnswer:
        rows = self._store.usage_rows(Filter(call_id=params["id"]), 1)
        if not rows:
            message = f"there is no call '{params['id'][:80]}' (a call is listed about a second after its end)"
            raise Failed(Fault(FaultKind.NOT_FOUND, message, param="id", code="unknown_call"))
        return _json(200, describe_row(rows[0]) | {"receipt": receipt_of(rows[0], self._store.receipt(params["id"]))})

    # -- targets ---------------------------------------------------------------------------------------------

    def _benches(self, _request: AdminRequest, _params: Params) -> AdminAnswer:
        return _json(200, {"data": self.benches.list()})

    def _bench(self, request: AdminRequest, _params: Params) -> AdminAnswer:
        return _json(201, self.benches.add(request.body))

    def _lift(self, request: AdminRequest, _params: Params) -> AdminAnswer:
        return _json(200, self.benches.lift(Query(request.query, frozenset({"target", "key"}))))


def _match(pattern: tuple[str, ...], parts: tuple[str, ...]) -> Params | None:
    if len(pattern) != len(parts):
        return None
    params: Params = {}
    for word, part in zip(pattern, parts, strict=True):
        if word == "{id}":
            params["id"] = part
        elif word != part:
            return None
    return params


def _known(key: VirtualKey | None, key_id: str) -> VirtualKey:
    if key is None:
        raise _unknown_key(key_id)
    return key


def _unknown_key(key_id: str) -> Failed:
    return Failed(Fault(FaultKind.NOT_FOUND, f"there is no key '{key_id[:80]}'", param="id", code="unknown_key"))


def _applied(key: VirtualKey, asked: KeyRequest) -> VirtualKey:
    try:
        return apply_request(key, asked)
    except BadKeyRequest as error:
        raise Failed(
            Fault(FaultKind.BAD_REQUEST, str(error), param=error.problems[0][0], code="invalid_body")
        ) from None


def _json(status: int, document: object) -> AdminAnswer:
    return AdminAnswer(status, _JSON, msgspec.json.encode(document))


def _fault(fault: Fault) -> AdminAnswer:
    return AdminAnswer(http_status(fault.kind), _JSON, render_fault(fault))


def _aws_secret(text: str) -> str:
    """Return what AWS's SDKs sign with, the key's id being their access key id."""
    return aws_secret_of(digest_of(text.encode()))
