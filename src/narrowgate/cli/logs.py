"""Show recent calls, newest last: who called what, how it ended, what it cost.

A cost that is not known is shown as `?`, never as zero. Prompts and answers are not kept.
"""

import argparse
import os
import sys
import time

from narrowgate.adapters.store.location import DATABASE, data_directory
from narrowgate.adapters.store.store import Filter, Store, StoreUnavailable
from narrowgate.cli.output import columns, print_json, visible
from narrowgate.control.shapes import describe_row, usd_text
from narrowgate.identity.requests import duration_s
from narrowgate.model.record import CallRecord

_FOLLOW_S = 0.5
_MOST = 10_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--data", metavar="DIR", help="the gateway's data directory (default: as for serve)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--follow", action="store_true", help="go on with new calls until Ctrl-C")
    parser.add_argument("--key", default="", metavar="ID", help="calls of one key only")
    parser.add_argument("--model", default="", help="calls of one model only")
    parser.add_argument("--provider", default="", help="calls to one provider only")
    parser.add_argument("--since", metavar="1h", help="calls of the last hour (15m, 2d, …)")
    parser.add_argument("--failed", action="store_true", help="failed calls only")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="how many at most (default 50)")


def run(arguments: argparse.Namespace) -> int:
    """Print calls."""
    database = data_directory(arguments.data, os.environ) / DATABASE
    if not database.is_file():
        print(f"narrowgate logs: there is no database '{database}'; name the gateway's --data", file=sys.stderr)
        return 1
    try:
        since = None if arguments.since is None else (int(time.time()) - duration_s(arguments.since)) * 1_000
    except ValueError as error:
        print(f"narrowgate logs: --since: {error}", file=sys.stderr)
        return 2
    wanted = Filter(
        key_id=arguments.key,
        model=arguments.model,
        provider=arguments.provider,
        since_ms=since,
        is_failed=arguments.failed,
    )
    try:
        store = Store(database, lambda: int(time.time()))
        names = {key.id: key.name or key.id for key in store.all_keys()}
        rows = store.usage_rows(wanted, max(1, min(arguments.limit, _MOST)))[::-1]
        _print(rows, names, is_json=arguments.json, has_head=True)
        if arguments.follow:
            _follow(store, wanted, names, {row.call_id for row in rows}, is_json=arguments.json)
    except StoreUnavailable as error:
        print(f"narrowgate logs: {error}", file=sys.stderr)
        return 1
    return 0


def _follow(store: Store, wanted: Filter, names: dict[str, str], seen: set[str], *, is_json: bool) -> None:
    """Print calls as they arrive, until interrupted."""
    while True:
        time.sleep(_FOLLOW_S)
        rows = [row for row in store.usage_rows(wanted, _MOST // 10) if row.call_id not in seen][::-1]
        if len(seen) > 10 * _MOST:
            seen.clear()
        seen.update(row.call_id for row in rows)
        _print(rows, names, is_json=is_json, has_head=False)


def _print(rows: list[CallRecord], names: dict[str, str], *, is_json: bool, has_head: bool) -> None:
    if is_json:
        for row in rows:
            print_json(describe_row(row))
        return
    lines: list[tuple[str, ...]] = (
        [("TIME", "KEY", "MODEL", "STATUS", "IN", "OUT", "COST USD", "SECONDS")] if has_head else []
    )
    lines += [_cells(row, names) for row in rows]
    if lines:
        print("\n".join(columns(lines)), flush=True)


def _cells(row: CallRecord, names: dict[str, str]) -> tuple[str, ...]:
    moment = time.strftime("%m-%d %H:%M:%S", time.gmtime(row.started_at_ms / 1_000))
    usage = row.usage
    cost = usd_text(row.cost_usd_e9)
    mark = "~" if row.is_estimated else ""
    return (
        moment,
        visible(names.get(row.key_id, row.key_id)),
        visible(row.model),
        f"{row.status} {row.fault}".strip(),
        "?" if usage is None else f"{mark}{usage.input_total}",
        "?" if usage is None else f"{mark}{usage.output_total}",
        "?" if cost is None else f"{mark}{cost}",
        f"{row.duration_us / 1_000_000:.3f}",
    )
