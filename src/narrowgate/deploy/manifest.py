"""Kubernetes objects as YAML: the same objects give the same bytes, and comments say what they cannot."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import yaml

_WIDTH = 110


class Manifest(msgspec.Struct, frozen=True):
    """One object with comments before it, a sentence each. `content` holds plain values only."""

    content: Mapping[str, object]
    comments: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The name of the file it is written to when each has its own."""
        kind, metadata = self.content["kind"], self.content["metadata"]
        assert isinstance(kind, str)
        assert isinstance(metadata, Mapping)
        return f"{kind.lower()}-{metadata['name']}.yaml"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and lists under their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's own signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - as above
        """Repeat what stands twice: an alias is harder to read."""
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def render(manifests: Iterable[Manifest], heading: Sequence[str] = ()) -> str:
    """Return objects as one stream of YAML documents."""
    documents = []
    for manifest in manifests:
        comments = "".join(f"# {line}\n" for sentence in manifest.comments for line in sentence.split("\n"))
        text = yaml.dump(dict(manifest.content), Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True)
        documents.append(f"---\n{comments}{text}")
    return "".join(f"# {line}\n" for line in heading) + "".join(documents)
