"""The admin API: a table of routes, the token's check, keys and usage."""

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import parse_qs

import msgspec

from narrowgate.adapters.store.store import Filter, Store, StoreUnavailable
from narrowgate.control.shapes import describe_key, describe_row
from narrowgate.dialects.openai.errors import render_fault
from narrowgate.identity.keys import VirtualKey, digest_of, hint_of, new_key_text
from narrowgate.identity.requests import BadKeyRequest, KeyRequest, apply_request, new_key
from narrowgate.model.admin import AdminAnswer, AdminRequest
from narrowgate.model.fault import Failed, Fault, FaultKind, http_status
from narrowgate.policy.budget.estimate import window_start_ms

_JSON = "application/json"
_MOST_ROWS = 1_000
_USUAL_ROWS = 50
_REQUEST = msgspec.json.Decoder(KeyRequest)

Params = dict[str, str]


class AdminApi:
    """Answers admin calls. The token is checked before anything else is said about a path."""

    def __init__(
        self,
        store: Store,
        admin_digest: bytes,
        now_s: Callable[[], int],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._admin_digest = admin_digest
        self._now_s = now_s
        self._random_bytes = random_bytes
        self._routes: dict[tuple[str, ...], dict[str, Callable[[AdminRequest, Params], AdminAnswer]]] = {
            ("keys",): {"GET": self._list_keys, "POST": self._create_key},
            ("keys", "{id}"): {"GET": self._show_key, "PATCH": self._change_key, "DELETE": self._revoke_key},
            ("keys", "{id}", "rotate"): {"POST": self._rotate_key},
            ("usage",): {"GET": self._usage},
            ("usage", "summary"): {"GET": self._summary},
            ("calls", "{id}"): {"GET": self._call},
        }

    def refusal(self, request: AdminRequest) -> AdminAnswer | None:
        """Return the answer for a request without the admin token, or None when it has it."""
        scheme, _, token = request.authorization.partition(" ")
        digest = hashlib.sha256(token.strip().encode("latin-1")).digest()
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
        parts = tuple(request.path.strip("/").split("/")[1:])
        for pattern, methods in self._routes.items():
            params = _match(pattern, parts)
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
        return _json(200, {"data": [self._described(key) for key in self._store.all_keys()]})

    def _show_key(self, _request: AdminRequest, params: Params) -> AdminAnswer:
        return _json(200, self._described(self._known(params["id"])))

    def _create_key(self, request: AdminRequest, _params: Params) -> AdminAnswer:
        asked = _read(request.body)
        text = new_key_text(self._random_bytes)
        key_id = f"key_{self._random_bytes(8).hex()}"
        blank = new_key(key_id, digest_of(text.encode()).hex(), hint_of(text), self._now_s())
        key = self._store.create_key(_applied(blank, asked))
        return _json(201, {"key": text, **self._described(key)})

    def _change_key(self, request: AdminRequest, params: Params) -> AdminAnswer:
        key = _applied(self._known(params["id"]), _read(request.body))
        self._store.update_key(key)
        return _json(200, self._described(key))

    def _revoke_key(self, _request: AdminRequest, params: Params) -> AdminAnswer:
        key = self._known(params["id"])
        self._store.revoke_key(key.id)
        return _json(200, {"id": key.id, "revoked": True})

    def _rotate_key(self, _request: AdminRequest, params: Params) -> AdminAnswer:
        key = self._known(params["id"])
        text = new_key_text(self._random_bytes)
        self._store.rotate_key(key.id, digest_of(text.encode()).hex(), hint_of(text))
        return _json(200, {"key": text, **self._described(self._known(key.id))})

    def _known(self, key_id: str) -> VirtualKey:
        key = self._store.key(key_id)
        if key is None:
            raise Failed(Fault(FaultKind.NOT_FOUND, f"there is no key '{key_id[:80]}'", param="id", code="unknown_key"))
        return key

    def _described(self, key: VirtualKey) -> dict[str, object]:
        since_ms = window_start_ms(key.budget_window.value, self._now_s())
        return describe_key(key, self._store.spend(since_ms).get(key.id, 0))

    # -- usage ---------------------------------------------------------------------------------------------

    def _usage(self, request: AdminRequest, _params: Params) -> AdminAnswer:
        query = _Query(request.query, _FILTERS | {"limit", "cursor"})
        limit = query.number("limit")
        limit = _USUAL_ROWS if limit is None else limit
        if not 1 <= limit <= _MOST_ROWS:
            raise Failed(_bad("limit", f"must be between 1 and {_MOST_ROWS}"))
        rows = self._store.usage_rows(query.filter(), limit)
        cursor = f"{rows[-1].started_at_ms}.{rows[-1].call_id}" if len(rows) == limit else None
        return _json(200, {"data": [describe_row(row) for row in rows], "next_cursor": cursor})

    def _summary(self, request: AdminRequest, _params: Params) -> AdminAnswer:
        query = _Query(request.query, _FILTERS | {"by"})
        by = query.text("by") or "key"
        column = {"key": "key_id", "model": "model", "provider": "provider"}.get(by)
        if column is None:
            raise Failed(_bad("by", f"'{by[:40]}' is not one of key, model, provider"))
        names = ("name", "calls", "input_tokens", "output_tokens", "cost_usd_e9", "calls_of_unknown_cost")
        rows = self._store.summary(query.filter(), column)
        return _json(200, {"by": by, "data": [dict(zip(names, row, strict=True)) for row in rows]})

    def _call(self, _request: AdminRequest, params: Params) -> AdminAnswer:
        rows = self._store.usage_rows(Filter(call_id=params["id"]), 1)
        if not rows:
            message = f"there is no call '{params['id'][:80]}' (a call is listed about a second after its end)"
            raise Failed(Fault(FaultKind.NOT_FOUND, message, param="id", code="unknown_call"))
        return _json(200, describe_row(rows[0]))


_FILTERS = frozenset({"key", "model", "provider", "since", "until", "status", "failed"})


class _Query:
    """The parameters of a query string, each known and at most once."""

    def __init__(self, text: str, known: frozenset[str]) -> None:
        self._values = {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}
        for name in self._values:
            if name not in known:
                raise Failed(_bad(name[:40], f"is not one of {', '.join(sorted(known))}"))

    def text(self, name: str) -> str:
        return self._values.get(name, "")

    def number(self, name: str) -> int | None:
        text = self._values.get(name)
        if text is None:
            return None
        if not text.isdigit() or len(text) > 15:
            raise Failed(_bad(name, f"'{text[:40]}' is not a whole number"))
        return int(text)

    def filter(self) -> Filter:
        cursor, before = self.text("cursor"), None
        if cursor:
            moment, _, call = cursor.partition(".")
            if not moment.isdigit():
                raise Failed(_bad("cursor", "is not one this API gave"))
            before = (int(moment), call)
        return Filter(
            key_id=self.text("key"),
            model=self.text("model"),
            provider=self.text("provider"),
            since_ms=self._moment("since"),
            until_ms=self._moment("until"),
            status=self.number("status"),
            is_failed=self.text("failed") in {"1", "true"},
            before=before,
        )

    def _moment(self, name: str) -> int | None:
        seconds = self.number(name)
        return None if seconds is None else seconds * 1_000


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


def _read(body: bytes) -> KeyRequest:
    try:
        return _REQUEST.decode(body or b"{}")
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        raise Failed(_bad(place.rstrip("`") or "body", f"{reason[:1].lower()}{reason[1:]}".replace("`", "'"))) from None
    except (msgspec.DecodeError, RecursionError):
        raise Failed(Fault(FaultKind.BAD_REQUEST, "the body is not valid JSON", code="invalid_body")) from None


def _applied(key: VirtualKey, asked: KeyRequest) -> VirtualKey:
    try:
        return apply_request(key, asked)
    except BadKeyRequest as error:
        raise Failed(
            Fault(FaultKind.BAD_REQUEST, str(error), param=error.problems[0][0], code="invalid_body")
        ) from None


def _bad(param: str, problem: str) -> Fault:
    return Fault(FaultKind.BAD_REQUEST, f"{param}: {problem}", param=param, code="invalid_parameter")


def _json(status: int, document: object) -> AdminAnswer:
    return AdminAnswer(status, _JSON, msgspec.json.encode(document))


def _fault(fault: Fault) -> AdminAnswer:
    return AdminAnswer(http_status(fault.kind), _JSON, render_fault(fault))
