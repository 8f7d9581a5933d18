from narrowgate.sealed.provenance import statement, tree_digest
from narrowgate.supply.lock import read_lock

LOCK = "thing==1.2 --hash=sha256:" + "a" * 64 + "\n"


def test_a_tree_is_named_by_its_files_and_their_names() -> None:
    tree = {"a": b"1", "b": b"2"}
    assert tree_digest(tree) == tree_digest({"b": b"2", "a": b"1"})
    assert len({tree_digest(t) for t in (tree, {"a": b"1", "c": b"2"}, {"a": b"1", "b": b"3"}, {"a": b"1"})}) == 4


def test_a_statement_tells_subject_materials_and_nothing_of_the_machine() -> None:
    made = statement("f", "ab", "cd", read_lock(LOCK), {"version": "1", "variant": "whole"})
    assert made["subject"] == [{"name": "f", "digest": {"sha256": "ab"}}]
    assert made["predicateType"] == "https://slsa.dev/provenance/v1"
    definition = made["predicate"]["buildDefinition"]  # type: ignore[index]
    source, thing = definition["resolvedDependencies"]
    assert source == {"name": "source", "digest": {"sha256": "cd"}}
    assert (thing["uri"], thing["annotations"]["sha256"]) == ("pkg:pypi/thing@1.2", ["a" * 64])
