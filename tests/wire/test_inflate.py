import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.errors import WireError
from narrowgate.wire.inflate import Inflate


@given(st.binary(max_size=500), st.integers(min_value=0, max_value=100), st.booleans())
def test_cuts_do_not_matter(plain: bytes, cut: int, is_gzip: bool) -> None:
    packed = gzip.compress(plain) if is_gzip else zlib.compress(plain)
    inflate = Inflate()
    found = inflate.feed(packed[:cut], is_last=False) + inflate.feed(packed[cut:], is_last=True)
    assert found == plain


def test_what_is_not_compressed_is_refused() -> None:
    with pytest.raises(WireError, match="not the gzip"):
        Inflate().feed(b"plain text", is_last=True)


def test_a_truncated_body_is_refused() -> None:
    with pytest.raises(WireError, match="too early"):
        Inflate().feed(gzip.compress(b"hello")[:-4], is_last=True)


@pytest.mark.slow
def test_a_bomb_is_refused() -> None:
    bomb = zlib.compressobj(9)
    packed = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(300)) + bomb.flush()
    with pytest.raises(WireError, match="more than"):
        Inflate().feed(packed, is_last=True)
