import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.wire.link import HEAD, MAX_PAYLOAD_BYTES, FrameReader, Kind, LinkError, frame

FRAMES = st.lists(
    st.tuples(st.sampled_from(list(Kind)), st.integers(min_value=0, max_value=2**32 - 1), st.binary(max_size=50)),
    max_size=8,
)


@given(FRAMES, st.lists(st.integers(min_value=0, max_value=500)))
def test_cuts_do_not_matter(frames: list[tuple[Kind, int, bytes]], cuts: list[int]) -> None:
    data = b"".join(frame(kind, stream, payload) for kind, stream, payload in frames)
    reader, found, at = FrameReader(), [], 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        found += list(reader.feed(data[at:cut]))
        at = cut
    assert found == frames


def test_a_frame_too_long_to_be_one_ends_the_link() -> None:
    with pytest.raises(LinkError):
        list(FrameReader().feed(HEAD.pack(MAX_PAYLOAD_BYTES + 1, 1, Kind.DATA)))
