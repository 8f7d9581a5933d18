"""Show recent calls, newest last: who called what, how it ended, what it cost.

A cost that is not known is shown as `?`, never as zero. Prompts and answers are not kept.
"""

import argparse
import os
import sys
import time
from contextlib import closing

import msgspec

from narrowgate.adapters.store.location import DATABASE, data_directory
from narrowgate.adapters.store.rows import Filter
from narrowgate.adapters.store.store import Store, StoreUnavailable
from narrowgate.cli.output import columns, visible
from narrowgate.control.shapes import describe_row, usd_text
from narrowgate.identity.requests import duration_s
from narrowgate.model.record import CallRecord

_FOLLOW_S = 0.5
_MOST = 10_000
_PAGE = 500
_REMEMBERED = 50_000


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
        with closing(Store(database, lambda: int(time.time()))) as store:
            names = {key.id: key.name or key.id for key in store.all_keys()}
            arrivals = Arrivals(store, wanted)  # before the list, so that nothing falls in between
            rows = store.usage_rows(wanted, max(1, min(arguments.limit, _MOST)))[::-1]
            _print(rows, names, is_json=arguments.json, has_head=True)
            arrivals.know(rows)
            while arguments.follow:
                time.sleep(_FOLLOW_S)
                _print(arrivals.newest_last(), names, is_json=arguments.json, has_head=False)
    except StoreUnavailable as error:
        print(f"narrowgate logs: {error}", file=sys.stderr)
        return 1
    return 0


class Arrivals:
    """Tells calls that were not there the last time it was asked.

    Calls are listed by their begin but arrive at their end, so a new one may stand behind known
    ones: pages are read until one holds nothing new. A call that began before all of the known
    ones, of which there are at least some hundred if so many were made, is not told.
    """

    def __init__(self, store: Store, wanted: Filter) -> None:
        self._store = store
        self._wanted = wanted
        first = store.usage_rows(wanted, 2 * _PAGE)
        self._known = {row.call_id: _place(row) for row in first}
        # What stands here or before is the past.
        self._floor = _place(first[-1]) if len(first) == 2 * _PAGE else (-1, "")

    def know(self, rows: list[CallRecord]) -> None:
        """Do not tell these."""
        self._known.update((row.call_id, _place(row)) for row in rows)
        if len(self._known) > _REMEMBERED:
            places = sorted(self._known.values())
            self._floor = max(self._floor, places[len(places) // 2])
            self._known = {call_id: place for call_id, place in self._known.items() if place > self._floor}

    def newest_last(self) -> list[CallRecord]:
        """Return what is new, in the order in which the calls began."""
        found: list[CallRecord] = []
        before = None
        while True:
            page = self._store.usage_rows(msgspec.structs.replace(self._wanted, before=before), _PAGE)
            new = [row for row in page if row.call_id not in self._known and _place(row) > self._floor]
            found += new
            if len(page) < _PAGE or not new:
                break
            before = _place(page[-1])
        self.know(found)
        return found[::-1]


def _place(row: CallRecord) -> tuple[int, str]:
    return row.started_at_ms, row.call_id


def _print(rows: list[CallRecord], names: dict[str, str], *, is_json: bool, has_head: bool) -> None:
    if is_json:
        for row in rows:
            print(msgspec.json.encode(describe_row(row)).decode(), flush=True)
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
