"""YAML: the same bytes each time, read back as what went in."""

import yaml

from narrowgate.deploy.manifest import Manifest, render

CONTENT: dict[str, object] = {
    "kind": "ConfigMap",
    "metadata": {"name": "a"},
    "data": {"file.yaml": "on: 'x'\nlist: [1]\n", "yes": "no", "port": "4000", "trailing": "a \nb\n"},
    "again": [["x"], ["x"]],
}


def test_what_is_read_is_what_was_written() -> None:
    shared = ["x"]
    text = render([Manifest(CONTENT), Manifest({**CONTENT, "again": [shared, shared]}, ("Why.", "And\nhow."))], ["By."])
    assert list(yaml.safe_load_all(text)) == [CONTENT, CONTENT]
    assert text.startswith("# By.\n---\nkind: ConfigMap\n")
    assert "---\n# Why.\n# And\n# how.\nkind" in text
    assert "&" not in text, "no anchors"


def test_a_file_is_named_after_its_object() -> None:
    assert Manifest(CONTENT).file == "configmap-a.yaml"
