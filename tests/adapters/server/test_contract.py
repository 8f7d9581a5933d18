import pytest

from narrowgate.adapters.server.contract import Refused, origin_form, too_large
from narrowgate.model.fault import http_status


@pytest.mark.parametrize(
    ("url", "path"),
    [(b"http://a/b?c", b"/b?c"), (b"HTTPS://a", b"/"), (b"http://a:1/", b"/")],
)
def test_an_absolute_target_is_its_path(url: bytes, path: bytes) -> None:
    assert origin_form(url) == path


@pytest.mark.parametrize("url", [b"a:1", b"ftp://a/b", b"//", b"http://"])
def test_other_targets_are_refused(url: bytes) -> None:
    with pytest.raises(Refused):
        origin_form(url)


def test_a_body_too_large_is_a_413() -> None:
    assert http_status(too_large(5).kind) == 413
