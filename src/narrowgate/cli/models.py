"""List the models that can be called, with their prices in USD per million tokens.

A price that is not known is shown as `?`: with a budget such a call is refused, or counted at
the configured ceiling. Providers may serve more models than are listed; any `provider/model`
of a configured provider can be called.
"""

import argparse
import os
import sys
from collections.abc import Iterator

import msgspec

from narrowgate.adapters.config_file import load_plan
from narrowgate.cli.output import columns, print_json, usd
from narrowgate.config.complaint import ConfigRefused
from narrowgate.config.snapshot import EdgeSettings
from narrowgate.policy.budget.price import Price
from narrowgate.policy.routing.resolve import Names, resolve

_UNKNOWN = "?"


class Model(msgspec.Struct, frozen=True):
    """One name to call. `target` is `provider/model`; `prices` in USD per million tokens, None when unknown."""

    name: str
    target: str
    prices: dict[str, str] | None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("words", nargs="*", metavar="WORD", help="show only names that contain every WORD")
    parser.add_argument("--config", metavar="FILE", help="configuration (default: ./narrowgate.yaml if there)")
    parser.add_argument("--json", action="store_true", help="print JSON, with all kinds of prices")


def run(arguments: argparse.Namespace) -> int:
    """List them."""
    try:
        edge = load_plan(arguments.config, os.environ).plan.edge
    except ConfigRefused as refused:
        for complaint in refused.complaints:
            print(f"narrowgate: {complaint}", file=sys.stderr)
        return 1
    found = [model for model in models_of(edge) if all(word.lower() in model.name.lower() for word in arguments.words)]
    if arguments.json:
        print_json(found)
        return 0
    if not found:
        print("narrowgate: no model has such a name; any provider/model can be called all the same", file=sys.stderr)
        return 1
    rows = [[model.name, _price(model, "input"), _price(model, "output"), _shown_target(model)] for model in found]
    print("\n".join(columns([["MODEL", "INPUT", "OUTPUT", "LEADS TO"], *rows])))
    return 0


def models_of(edge: EdgeSettings) -> list[Model]:
    """Return every name that is known, aliases first."""
    names = Names({view.name: view.models for view in edge.providers}, edge.aliases, edge.catalog)
    return [*_aliases(edge, names), *_own(edge)]


def _aliases(edge: EdgeSettings, names: Names) -> Iterator[Model]:
    for alias, target in sorted(edge.aliases.items()):
        found = None if alias.endswith("*") else resolve(alias, names)
        target_name = target if found is None else f"{found.provider}/{found.model}"
        yield Model(alias, target_name, _prices(edge.prices.get(target_name)))


def _own(edge: EdgeSettings) -> Iterator[Model]:
    listed = {f"{view.name}/{model}" for view in edge.providers for model in view.models}
    for name in sorted(listed | set(edge.prices)):
        yield Model(name, name, _prices(edge.prices.get(name)))


def _prices(price: Price | None) -> dict[str, str] | None:
    if price is None:
        return None
    amounts = {
        "input": price.input,
        "output": price.output,
        "cache_read": price.cache_read,
        "cache_write": price.cache_write,
        "cache_write_1h": price.cache_write_1h,
        "input_audio": price.input_audio,
        "input_image": price.input_image,
        "reasoning": price.reasoning,
        "output_audio": price.output_audio,
        "output_image": price.output_image,
    }
    return {kind: usd(amount) for kind, amount in amounts.items() if amount is not None}


def _price(model: Model, kind: str) -> str:
    return _UNKNOWN if model.prices is None else model.prices[kind]


def _shown_target(model: Model) -> str:
    return "" if model.target == model.name else model.target
