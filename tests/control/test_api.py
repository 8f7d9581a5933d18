import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.adapters.store.store import Store
from narrowgate.control.api import AdminApi
from narrowgate.model.admin import AdminRequest
from tests.adapters.store.test_store import record

TOKEN = "admin"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(Path(tmp_path_factory.mktemp("store")) / "db", lambda: 1_000)
    opened.ingest("s", 0, 1, [record(n) for n in range(5)])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def api(store: Store) -> AdminApi:
    numbers = iter(range(1_000_000))
    return AdminApi(
        store,
        hashlib.sha256(TOKEN.encode()).digest(),
        lambda: 1_000,
        lambda n: next(numbers).to_bytes(n, "big"),
        b'{"schema": 1}',
    )


def ask(
    api: AdminApi, method: str, path: str, body: object = None, token: str = TOKEN
) -> tuple[int, dict[str, object]]:
    path, _, query = path.partition("?")
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    answer = api.answer(AdminRequest(method, path, query, f"Bearer {token}", data, "::1"))
    document = json.loads(answer.body)
    assert isinstance(document, dict)
    return answer.status, document


@pytest.mark.parametrize("path", ["/admin/keys", "/admin/usage", "/admin/nothing"])
def test_without_the_token_nothing_is_told(api: AdminApi, path: str) -> None:
    for token in ("", "wrong", "admin2"):
        assert ask(api, "GET", path, token=token)[0] == 401


def test_a_key_lives_and_ends(api: AdminApi) -> None:
    status, made = ask(api, "POST", "/admin/keys", {"name": "n", "budget_usd": 0.5, "models": ["a"]})
    assert status == 201
    assert str(made["key"]).startswith("sk-ng-")
    where = f"/admin/keys/{made['id']}"
    assert "key" not in ask(api, "GET", where)[1]
    assert ask(api, "PATCH", where, {"rpm": 5, "budget_usd": None})[1]["rpm"] == 5
    assert ask(api, "PATCH", where, {"inexpressible": "drop"})[1]["inexpressible"] == "drop"
    assert ask(api, "PATCH", where, {"inexpressible": None})[1]["inexpressible"] is None
    assert ask(api, "POST", where + "/rotate")[1]["key"] != made["key"]
    assert ask(api, "DELETE", where) == (200, {"id": made["id"], "revoked": True})
    assert ask(api, "GET", where)[0] == 404


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"nam": "x"}, "nam"),
        ({"rpm": "x"}, "rpm"),
        ({"rpm": -1}, "rpm"),
        ({"inexpressible": "maybe"}, "inexpressible"),
        ({"rpm": 1 << 63}, "rpm"),
        ({"expires_at": 1 << 63}, "expires_at"),
        ({"expires_at": "2027-02-30T00:00:00Z"}, "expires_at"),
        ({"models": ["a", 5]}, "models[1]"),
        ({"budget_usd": "x"}, "budget_usd"),
        (b'{"name": "\xff"}', "name"),
        (b"[]", None),
        (b"{", None),
    ],
)
def test_a_bad_wish_names_its_field(api: AdminApi, body: object, param: str | None) -> None:
    status, document = ask(api, "POST", "/admin/keys", body)
    error = document["error"]
    assert isinstance(error, dict)
    assert (status, error["param"]) == (400, param)


def test_usage_is_paged(api: AdminApi) -> None:
    _, first = ask(api, "GET", "/admin/usage?limit=2")
    _, second = ask(api, "GET", f"/admin/usage?limit=2&cursor={first['next_cursor']}")
    pages = [row["call_id"] for page in (first, second) for row in list(page["data"])]  # type: ignore[call-overload] # JSON
    assert pages == ["c0004", "c0003", "c0002", "c0001"]


def test_sums_and_single_calls(api: AdminApi) -> None:
    _, summary = ask(api, "GET", "/admin/usage/summary?by=model")
    assert json.loads(json.dumps(summary))["data"][0]["calls"] == 5
    assert ask(api, "GET", "/admin/calls/c0001")[1]["cost_usd"] == "0.000000005"
    assert ask(api, "GET", "/admin/calls/none")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/admin/usage?limit=0", 400),
        ("GET", "/admin/usage?limit=x", 400),
        ("GET", "/admin/usage?since=-1", 400),
        ("GET", "/admin/usage?nonsense=1", 400),
        ("GET", "/admin/usage?limit=%C2%B2", 400),
        ("GET", "/admin/usage?since=9999999999999999999", 400),
        ("GET", "/admin/usage?failed=perhaps", 400),
        ("GET", "/admin/usage?key=a&key=b", 400),
        ("GET", "/admin/usage?cursor=x", 400),
        ("GET", "/admin/usage?cursor=9999999999999999999.x", 400),
        ("GET", "/admin/usage/summary?by=x", 400),
        ("PUT", "/admin/keys", 405),
        ("GET", "/admin", 404),
        ("GET", "/other/keys", 404),
        ("PATCH", "/admin/keys/none", 404),
        ("DELETE", "/admin/keys/none", 404),
        ("POST", "/admin/keys/none/rotate", 404),
        ("GET", "/admin/keys/x/y/z", 404),
    ],
)
def test_what_is_not_there_is_told(api: AdminApi, method: str, path: str, status: int) -> None:
    assert ask(api, method, path)[0] == status


def test_a_token_of_any_letters_is_the_same_token(store: Store) -> None:
    api = AdminApi(store, hashlib.sha256("schlüssel".encode()).digest(), lambda: 0, bytes)
    as_received = "schlüssel".encode().decode("latin-1")
    assert ask(api, "GET", "/admin/keys", token=as_received)[0] == 200
    assert ask(api, "GET", "/admin/keys", token="€")[0] == 401


@given(st.binary(max_size=60))
def test_junk_is_never_more_than_a_refusal(api: AdminApi, body: bytes) -> None:
    assert ask(api, "PATCH", "/admin/keys/key_x", body)[0] in {400, 404}


@given(st.text(max_size=20), st.sampled_from(["limit", "cursor", "since", "until", "status", "failed", "key", "model"]))
def test_any_query_is_answered_or_refused(api: AdminApi, value: str, name: str) -> None:
    query = urlencode({name: value}, errors="surrogatepass")
    assert ask(api, "GET", f"/admin/usage?{query}")[0] in {200, 400}


def test_the_exposure_statement_is_for_the_admin_token(api: AdminApi) -> None:
    assert ask(api, "GET", "/exposure") == (200, {"schema": 1})
    assert ask(api, "GET", "/exposure", token="other")[0] == 401
