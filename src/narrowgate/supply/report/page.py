"""An inventory as one page of HTML: a picture of the tree, and the evidence below it.

Nothing is loaded and nothing runs: no script, no address, and a policy that forbids both. What comes
from the examined files is escaped, since names and paths are theirs to choose.
"""

import html
from collections.abc import Iterator

from narrowgate.supply.distribution import Distribution, Form, Inventory
from narrowgate.supply.findings import MEANING, Finding, Reach, Weight, ranked, strongest
from narrowgate.supply.report.lines import COLUMNS, by_rank, headline, size
from narrowgate.supply.report.tree import Node, layout

_ROW, _INDENT, _TOP = 26, 22, 34
_CELL, _CELL_STEP = 18, 52
_NAME_WIDTH = 330
_MOST_PER_KIND = 200
_CAVEAT = "What is shown is what code could do, not what it did."
_STYLE = """
:root{--ink:#1b1f24;--dim:#6a737d;--paper:#fff;--line:#c9d1d9;--none:#eef1f4;--called:#9ec5f4;--import:#f2b84b;
--warning:#f2b84b;--alarm:#d73a49;--native:#b9a5e0}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#8b949e;--paper:#0d1117;--line:#39424e;--none:#1c232c;
--called:#2f6db5;--import:#b5801f;--warning:#b5801f;--alarm:#e5534b;--native:#7a63b0}}
body{font:14px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
margin:2rem auto;max-width:1280px;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}p.dim,.dim{color:var(--dim)}
.tree{overflow-x:auto}svg text{font:13px system-ui,sans-serif;fill:var(--ink)}svg .dim{fill:var(--dim);font-size:12px}
svg a text{text-decoration:underline;text-decoration-color:var(--line)}
svg path{fill:none;stroke:var(--line)}.none{fill:var(--none)}.called{fill:var(--called)}.import{fill:var(--import)}
.native{fill:var(--native)}.alarm{fill:var(--alarm)}
.dot-3{fill:var(--alarm)}.dot-2{fill:var(--warning)}.dot-1{fill:var(--line)}
table{border-collapse:collapse;width:100%}td{padding:.15rem .6rem .15rem 0;vertical-align:top;overflow-wrap:anywhere}
td:first-child{white-space:nowrap}code{font:12px ui-monospace,monospace}
details{border-top:1px solid var(--line);padding:.4rem 0}
summary{cursor:pointer;font-weight:600}.w3{color:var(--alarm);font-weight:600}.w2{color:var(--warning);font-weight:600}
i.key{display:inline-block;width:.9em;height:.9em;margin:0 .3em 0 1em;vertical-align:-.1em;border-radius:2px}
"""


def page(inventory: Inventory, version: str) -> str:
    """Return the page."""
    title = _text(inventory.place)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">',
            f"<title>{title}: what its dependencies could reach</title><style>{_STYLE}</style></head><body>",
            f"<h1>What the dependencies of {title} could reach</h1>",
            f"<p>{_text(headline(inventory))}</p>",
            f'<p class="dim">narrowgate deps {_text(version)}: read from the files, nothing was run. {_CAVEAT}</p>',
            *(f'<p class="dim">{_text(note)}</p>' for note in inventory.notes),
            *_matters(inventory),
            "<h2>The tree</h2>",
            _legend(),
            f'<div class="tree">{_picture(layout(inventory.distributions))}</div>',
            "<h2>The evidence</h2>",
            *(_details(one) for one in by_rank(inventory.distributions)),
            "</body></html>",
            "",
        ]
    )


def _matters(inventory: Inventory) -> Iterator[str]:
    rows = [
        (finding.weight.value, one, finding)
        for one in by_rank(inventory.distributions)
        for finding in ranked(one.findings)
        if finding.weight is not Weight.NOTE
    ]
    if not rows:
        return
    yield "<h2>What matters</h2><table>"
    for _, one, finding in sorted(rows, key=lambda row: -row[0])[:_MOST_PER_KIND]:
        yield f"<tr><td>{_link(one)}</td>{_cells(finding)}</tr>"
    yield "</table>"


def _legend() -> str:
    keys = (
        ("called", "when called"),
        ("import", "by being imported"),
        ("native", "in machine code"),
        ("alarm", "alarm"),
    )
    marks = "".join(f'<i class="key" style="background:var(--{kind})"></i>{words}' for kind, words in keys)
    return f'<p class="dim">{marks}</p>'


def _picture(nodes: list[Node]) -> str:
    depth = max((node.depth for node in nodes), default=0)
    left = _NAME_WIDTH + depth * _INDENT
    width = left + len(COLUMNS) * _CELL_STEP + 460
    height = _TOP + len(nodes) * _ROW + 10
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img">']
    parts += [
        f'<text class="dim" x="{left + index * _CELL_STEP}" y="18">{name}<title>{_text(MEANING[reach])}</title></text>'
        for index, (name, reach) in enumerate(COLUMNS)
    ]
    parts.append(f'<text class="dim" x="{left + len(COLUMNS) * _CELL_STEP}" y="18">SIZE, WANTED BY</text>')
    for node in nodes:
        parts += _row(node, left)
    return "".join([*parts, "</svg>"])


def _row(node: Node, left: int) -> Iterator[str]:
    one = node.one
    x, y = 8 + node.depth * _INDENT, _TOP + node.row * _ROW + _ROW // 2
    if node.parent_row is not None:
        parent_y = _TOP + node.parent_row * _ROW + _ROW // 2
        yield f'<path d="M{x - _INDENT} {parent_y + 5}V{y}H{x - 5}"/>'
    yield f'<circle class="dot-{strongest(one.findings).value}" cx="{x}" cy="{y}" r="5"/>'
    yield f'<a href="#{_anchor(one)}"><text x="{x + 12}" y="{y + 4}">{_text(one.shown)}</text></a>'
    for index, (name, reach) in enumerate(COLUMNS):
        kind, whats = _cell(one, reach)
        title = f"{name}: {whats}" if whats else f"{name}: none seen"
        box = f'x="{left + index * _CELL_STEP}" y="{y - _CELL // 2}" width="{_CELL * 2}" height="{_CELL}" rx="3"'
        yield f'<rect class="{kind}" {box}><title>{_text(title)}</title></rect>'
    told = ", ".join(one.wanted_by[:4]) or ("asked for" if one.is_requested else "")
    more = f" +{len(one.wanted_by) - 4}" if len(one.wanted_by) > 4 else ""
    end = left + len(COLUMNS) * _CELL_STEP
    yield f'<text class="dim" x="{end}" y="{y + 4}">{size(one.size_bytes)}  {_text(told + more)}</text>'


def _cell(one: Distribution, reach: Reach) -> tuple[str, str]:
    found = tuple(finding for finding in one.findings if finding.reach is reach)
    if not found:
        return "none", "not known: no files at hand" if one.form is Form.LOCKED else ""
    whats = ", ".join(dict.fromkeys(finding.what for finding in ranked(found)))[:300]
    if strongest(found) is Weight.ALARM:
        return "alarm", whats
    if any(finding.at_import for finding in found):
        return "import", whats
    return ("native" if all(finding.line == 0 for finding in found) else "called"), whats


def _details(one: Distribution) -> str:
    about = [f"wanted by {', '.join(one.wanted_by)}" if one.wanted_by else "", one.license, size(one.size_bytes)]
    about += [f"{len(one.files)} files", f"command: {'; '.join(one.commands)}" if one.commands else "", *one.notes]
    parts = [
        f'<details id="{_anchor(one)}"><summary>{_text(one.shown)}</summary>',
        f'<p class="dim">{_text(" · ".join(part for part in about if part))}</p><table>',
    ]
    for reach in Reach:
        found = [finding for finding in ranked(one.findings) if finding.reach is reach]
        parts += [f"<tr>{_cells(finding)}</tr>" for finding in found[:_MOST_PER_KIND]]
        if len(found) > _MOST_PER_KIND:
            parts.append(f"<tr><td>{reach.value}</td><td>and {len(found) - _MOST_PER_KIND} more</td></tr>")
    return "".join([*parts, "</table></details>"])


def _cells(finding: Finding) -> str:
    when = " at import" if finding.at_import else ""
    return (
        f'<td class="w{finding.weight.value}">{finding.reach.value}{when}</td>'
        f"<td>{_text(finding.what)}</td><td><code>{_text(finding.place)}</code></td>"
    )


def _link(one: Distribution) -> str:
    return f'<a href="#{_anchor(one)}">{_text(one.shown)}</a>'


def _anchor(one: Distribution) -> str:
    return "d-" + "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in one.name)


def _text(text: str) -> str:
    """Return text for any place in the page: no markup, and nothing that steers the direction of reading."""
    return html.escape("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text))
