import msgspec
import pytest

from narrowgate.dialects.asking import read_body, read_part, wrong
from narrowgate.model.fault import Failed, FaultKind


class Inner(msgspec.Struct):
    size: int = 0


class Outer(msgspec.Struct):
    inner: list[Inner] = []


OUTER = msgspec.json.Decoder(Outer)
INNER = msgspec.json.Decoder(Inner)
INNERS = msgspec.json.Decoder(list[Inner])


def test_a_body_is_read_with_all_its_members() -> None:
    body, members = read_body(OUTER, b'{"inner":[{"size":2}],"other":1}')
    assert body.inner == [Inner(2)]
    assert members.keys() == {"inner", "other"}


def test_a_complaint_names_the_whole_path() -> None:
    with pytest.raises(Failed) as failed:
        read_part(INNER, b'{"size":"big"}', "a[1]")
    fault = failed.value.fault
    assert (fault.kind, fault.param) == (FaultKind.BAD_REQUEST, "a[1].size")
    assert fault.message == "a[1].size: expected `int`, got `str`"
    with pytest.raises(Failed, match=r"^a\[0\].size: "):
        read_part(INNERS, b'[{"size":"big"}]', "a")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":"\xff"}', b'{"a":' + b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(Failed) as failed:
        read_body(OUTER, body)
    assert failed.value.fault.kind is FaultKind.BAD_REQUEST


def test_a_complaint_about_the_whole_names_no_path() -> None:
    assert wrong("", "nothing is there").fault.param is None
