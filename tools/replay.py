"""Replay the incident of March 2026 and print what came of each step.

    python tools/replay.py            print the table
    python tools/replay.py --write    and write it into docs/incident-replay.md, its summary into README.md

Everything is harmless: canaries in temporary folders, listeners on loopback. Run it as root to see in the ordinary
server what root could do there; the gateway's columns are the same for any user.
"""

import argparse
import platform
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from narrowgate.sandbox import kernel  # noqa: E402 - found by the line above
from tests.replay.table import PLAIN, replay, summary, text  # noqa: E402

PAGE, README = ROOT / "docs" / "incident-replay.md", ROOT / "README.md"
_BETWEEN = re.compile(r"(<!-- begin: tools/replay\.py --write -->\n).*(<!-- end -->)", re.DOTALL)


def main() -> int:
    """Print the table; 1 when a step came through in the gateway."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/incident-replay.md and README.md as well")
    is_write = parser.parse_args().write
    rows = replay().rows
    page = f"{_where()}\n\nSteps that came through:\n\n{summary(rows)}\n{text(rows)}"
    print(page)
    if is_write:
        for file, written in ((PAGE, page), (README, summary(rows))):
            had = file.read_text(encoding="utf-8")
            found = _BETWEEN.search(had)
            assert found is not None, file
            file.write_text(f"{had[: found.end(1)]}\n{written}\n{had[found.start(2) :]}", encoding="utf-8")
    return int(any(form not in row.stopped for row in rows for form in row.cells if form != PLAIN))


def _where() -> str:
    offers = kernel.look()
    system = f"Linux {platform.release().partition('-')[0]}, Landlock {offers.landlock}, {platform.machine()}"
    return f"{system}, Python {platform.python_version()}."


if __name__ == "__main__":
    sys.exit(main())
