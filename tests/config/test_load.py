"""Reading the file: YAML without its traps, complaints with lines, no keys in the file itself."""

import contextlib
import json

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from narrowgate.config.complaint import ConfigRefused
from narrowgate.config.load import parse
from narrowgate.config.schema import Config, Custody, Listen, Provider


def complaints_of(text: str) -> list[str]:
    with pytest.raises(ConfigRefused) as caught:
        parse(text)
    return [str(complaint) for complaint in caught.value.complaints]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "{}"])
def test_an_empty_file_is_the_default_configuration(text: str) -> None:
    assert parse(text).config == Config()


def test_a_file_is_read() -> None:
    text = """
listen: {host: 0.0.0.0, max_body_bytes: 1_000_000}
custody: merged
providers:
  openai:
    api_key: env://OPENAI_API_KEY
  ollama:
"""
    assert parse(text).config == Config(
        listen=Listen(host="0.0.0.0", max_body_bytes=1_000_000),
        custody=Custody.MERGED,
        providers={"openai": Provider(api_key="env://OPENAI_API_KEY"), "ollama": Provider()},
    )


def test_complaints_have_lines_and_come_in_their_order() -> None:
    text = "edges: 99\nlisten:\n  prot: 1\nmoney:\n  prices:\n    openai/x:\n      input: '1'\n"
    assert complaints_of(text) == [
        "edges (line 1): is not at most 16; write at most 16",
        "listen.prot (line 3): 'prot' is not a key that is known here; did you mean 'port'?",
        "money.prices['openai/x'].output (line 6): is missing; add it",
    ]


def test_a_key_given_twice_is_refused() -> None:
    assert complaints_of("edges: 1\ndata: x\nedges: 2\n") == ["edges (line 3): is given twice; keep one of them"]


@pytest.mark.parametrize(
    ("written", "model"),
    [("no", "no"), ("on", "on"), ("12:30", "12:30"), ("2026-11-25", "2026-11-25"), ("0b1", "0b1"), ("1e", "1e")],
)
def test_words_that_older_yaml_took_for_something_else_are_text(written: str, model: str) -> None:
    config = parse(f"providers: {{x: {{models: [{written}]}}}}").config
    assert config.providers["x"].models == (model,)


@pytest.mark.parametrize(
    ("written", "number"), [("0x10", 16), ("0o20", 16), ("16", 16), ("+16", 16), ("1_6", 16), ("!!int '16'", 16)]
)
def test_numbers_are_read_as_yaml_says(written: str, number: int) -> None:
    assert parse(f"edges: {written}").config.edges == number


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2]",
        "just text",
        "listen: [",
        "a:\n\t- b",
        "? [a]\n: b",
        "edges: !!python/name:os.system",
        "edges: !!binary aGk=",
        "edges: !!int x",
        "edges: " + "9" * 5_000,
        "edges: .nan",
        "drain_s: .inf",
        "data: \x00",
        'data: "\\ud800"',
        "a: 1\n---\na: 2",
        "[" * 400,
        "x: &x [*x]",
        "data: &a\n  b: *c",
        "<<: {edges: 1}",
        "x" * 1_000_001,
    ],
)
def test_what_is_not_a_configuration_is_refused_and_nothing_else_happens(text: str) -> None:
    assert complaints_of(text)


def test_aliases_that_multiply_are_refused_quickly() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    (complaint,) = complaints_of("\n".join(["l0: &l0 [x]", *levels]))
    assert "repeats itself too often" in complaint


def test_a_key_in_the_file_itself_is_refused_and_not_repeated() -> None:
    secret = "sk-proj-0123456789"
    text = f"admin_token: {secret}\nproviders:\n  openai:\n    api_key: {secret}\n"
    found = complaints_of(text)
    assert [complaint.partition(":")[0] for complaint in found] == [
        "admin_token (line 1)",
        "providers.openai.api_key (line 4)",
    ]
    assert all("env://NAME or file:///path" in complaint for complaint in found)
    assert not any(secret in complaint for complaint in found)


def test_keys_in_the_file_are_told_together_with_everything_else() -> None:
    assert len(complaints_of("edges: x\nproviders: {openai: {api_key: sk-1, kid: x}}\n")) == 3


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], max_codepoint=0xFFFF), max_size=12)
CONFIGS = st.builds(
    Config,
    listen=st.builds(Listen, host=TEXT, port=st.integers(0, 65_535), trusted_proxies=st.lists(TEXT).map(tuple)),
    data=TEXT,
    drain_s=st.floats(0.001, 86_400),
    providers=st.dictionaries(TEXT, st.builds(Provider, kind=TEXT, models=st.lists(TEXT).map(tuple)), max_size=3),
    aliases=st.dictionaries(TEXT, TEXT, max_size=3),
    demo=st.none() | st.booleans(),
)


@settings(max_examples=20, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # PyYAML is slow
@given(CONFIGS)
def test_what_was_written_is_read_as_the_same(config: Config) -> None:
    # JSON is YAML, but for its pairs of surrogates; hence no text beyond the first plane.
    assert parse(json.dumps(msgspec.to_builtins(config, str_keys=True))).config == config


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"%#?,\n \t0~\\x"), max_size=40))
def test_text_is_read_or_refused_whatever_it_is(text: str) -> None:
    with contextlib.suppress(ConfigRefused):
        parse(text)
