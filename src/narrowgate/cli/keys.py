"""Create, list, show, rotate and revoke virtual keys, whether or not a gateway runs.

A change is in force when the command returns. A key's text is printed once, by create and rotate;
only its hash is kept.
"""

import argparse
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from narrowgate.adapters.store.location import CONTROL_SOCKET, DATABASE, data_directory, prepare
from narrowgate.adapters.store.store import Store, StoreUnavailable
from narrowgate.cli.output import columns, print_json, visible
from narrowgate.control.shapes import describe_keys
from narrowgate.identity.keys import BudgetWindow, VirtualKey, aws_secret_of, digest_of, hint_of, new_key_text
from narrowgate.identity.requests import BadKeyRequest, KeyRequest, apply_request, duration_s, new_key
from narrowgate.model.inexpressible import Inexpressibles

_WAIT_S = 5.0
_USAGE = 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key and print it, once")
    _common(create)
    create.add_argument("--name", default="", help="a name for people")
    _limits(create)
    for name, text in (("list", "list all keys"), ("show", "show a key"), ("rotate", "give a key a new text")):
        action = actions.add_parser(name, help=text)
        _common(action)
        if name != "list":
            action.add_argument("id", help="the key's id (key_…)")
    revoke = actions.add_parser("revoke", help="end a key for good")
    _common(revoke)
    revoke.add_argument("id", help="the key's id (key_…)")
    update = actions.add_parser("update", help="change a key's limits")
    _common(update)
    update.add_argument("id", help="the key's id (key_…)")
    update.add_argument("--name", help="a name for people")
    _limits(update)
    enabled = update.add_mutually_exclusive_group()
    enabled.add_argument("--enable", dest="enabled", action="store_true", default=None, help="accept the key again")
    enabled.add_argument("--disable", dest="enabled", action="store_false", help="do not accept the key for now")


def run(arguments: argparse.Namespace) -> int:
    """Carry out one action."""
    data = data_directory(arguments.data, os.environ)
    acts: dict[str, Callable[[argparse.Namespace, Store], object]] = {
        "create": _create,
        "list": _list,
        "show": _show,
        "rotate": _rotate,
        "revoke": _revoke,
        "update": _update,
    }
    try:
        prepare(data)
        with closing(Store(data / DATABASE, lambda: int(time.time()))) as store:
            document = acts[arguments.action](arguments, store)
    except (StoreUnavailable, OSError) as error:
        print(f"narrowgate keys: {error}", file=sys.stderr)
        return 1
    except (BadKeyRequest, LookupError, ValueError) as error:
        print(f"narrowgate keys: {error.args[0] if error.args else error}", file=sys.stderr)
        return _USAGE
    if arguments.action not in {"list", "show"} and not _tell_gateway(data):
        print("narrowgate keys: the running gateway did not confirm the change in time", file=sys.stderr)
    _print(arguments, document)
    return 0


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="the gateway's data directory (default: as for serve)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", metavar="A,B", help="models it may use; '*' at the end is a pattern")
    parser.add_argument("--providers", metavar="A,B", help="providers it may use")
    parser.add_argument("--budget-usd", metavar="USD", help="what it may spend per window")
    parser.add_argument("--budget-window", choices=[window.value for window in BudgetWindow], help="default month")
    parser.add_argument("--rpm", type=int, metavar="N", help="calls a minute")
    parser.add_argument(
        "--inexpressible",
        choices=[*(policy.value for policy in Inexpressibles), "as-configured"],
        help="what becomes of parameters that a provider cannot be told; refuse: also if a request says drop",
    )
    parser.add_argument("--expires-in", metavar="30d", help="how long it is valid")


def _request(arguments: argparse.Namespace) -> KeyRequest:
    """Turn options into the request the admin API takes as well."""
    fields: dict[str, object] = {}
    if arguments.name is not None:
        fields["name"] = arguments.name
    for name in ("models", "providers"):
        text = getattr(arguments, name)
        if text is not None:
            fields[name] = tuple(part.strip() for part in text.split(",") if part.strip())
    if arguments.budget_usd is not None:
        fields["budget_usd"] = arguments.budget_usd
    if arguments.budget_window is not None:
        fields["budget_window"] = BudgetWindow(arguments.budget_window)
    if arguments.rpm is not None:
        fields["rpm"] = arguments.rpm
    if arguments.inexpressible is not None:
        is_set = arguments.inexpressible != "as-configured"
        fields["inexpressible"] = Inexpressibles(arguments.inexpressible) if is_set else None
    if arguments.expires_in is not None:
        fields["expires_at"] = int(time.time()) + duration_s(arguments.expires_in)
    if getattr(arguments, "enabled", None) is not None:
        fields["enabled"] = arguments.enabled
    return msgspec.convert(fields, KeyRequest)


def _create(arguments: argparse.Namespace, store: Store) -> object:
    text = new_key_text(secrets.token_bytes)
    blank = new_key(f"key_{secrets.token_hex(8)}", digest_of(text.encode()).hex(), hint_of(text), int(time.time()))
    key = store.create_key(apply_request(blank, _request(arguments)))
    return {"key": text, "aws_secret_access_key": _aws_secret(text), **_described(key, store)}


def _list(_arguments: argparse.Namespace, store: Store) -> object:
    return describe_keys(store.all_keys(), store, int(time.time()))


def _show(arguments: argparse.Namespace, store: Store) -> object:
    return _described(_known(store.key(arguments.id), arguments.id), store)


def _rotate(arguments: argparse.Namespace, store: Store) -> object:
    text = new_key_text(secrets.token_bytes)
    key = store.rotate_key(arguments.id, digest_of(text.encode()).hex(), hint_of(text))
    return {"key": text, "aws_secret_access_key": _aws_secret(text), **_described(_known(key, arguments.id), store)}


def _revoke(arguments: argparse.Namespace, store: Store) -> object:
    if not store.revoke_key(arguments.id):
        raise _unknown(arguments.id)
    return {"id": arguments.id, "revoked": True}


def _update(arguments: argparse.Namespace, store: Store) -> object:
    request = _request(arguments)
    key = store.change_key(arguments.id, lambda key: apply_request(key, request))
    return _described(_known(key, arguments.id), store)


def _known(key: VirtualKey | None, key_id: str) -> VirtualKey:
    if key is None:
        raise _unknown(key_id)
    return key


def _unknown(key_id: str) -> LookupError:
    return LookupError(f"there is no key '{key_id}'; 'narrowgate keys list' shows all")


def _described(key: VirtualKey, store: Store) -> dict[str, object]:
    return describe_keys([key], store, int(time.time()))[0]


def _tell_gateway(data: Path) -> bool:
    """Wait until a running gateway lives by the change; no gateway is fine."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(_WAIT_S)
        try:
            link.connect(str(data / CONTROL_SOCKET))
        except OSError:
            return True
        try:
            link.sendall(b"keys\n")
            return link.recv(16) == b"ok\n"
        except OSError:
            return False


def _print(arguments: argparse.Namespace, document: object) -> None:
    if arguments.json:
        print_json(document)
    elif isinstance(document, list):
        rows: list[tuple[str, ...]] = [("ID", "NAME", "KEY", "ENABLED", "BUDGET USD", "SPENT USD", "RPM", "EXPIRES")]
        rows += [_row(item) for item in document if isinstance(item, dict)]
        print("\n".join(columns(rows)))
    elif isinstance(document, dict):
        for name, value in document.items():
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            shown = _date(value) if name.endswith("_at") else shown
            print(f"{name:<22} {_cell(shown)}")
        if "key" in document:
            print("\nthis key is shown only now; keep it where secrets are kept")


def _row(item: dict[str, object]) -> tuple[str, ...]:
    window = f"{item['budget_usd']}/{item['budget_window']}" if item["budget_usd"] is not None else None
    values = (item["id"], item["name"], item["hint"], item["enabled"], window, item["spent_usd"], item["rpm"])
    return (*(_cell(value) for value in values), _cell(_date(item["expires_at"])))


def _date(unix_s: object) -> str | None:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(unix_s)) if isinstance(unix_s, int) else None


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return visible(str(value))


def _aws_secret(text: str) -> str:
    """Return what AWS's SDKs sign with, the key's id being their access key id."""
    return aws_secret_of(digest_of(text.encode()))
