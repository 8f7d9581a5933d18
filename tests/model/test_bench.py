import msgspec

from narrowgate.model.bench import DECODER, Bench, Benches


def test_without_a_key_all_are_meant() -> None:
    assert Bench("p/m", None, 1, "").means("p/m", "a")
    assert Bench("p/m", "a", 1, "").means("p/m", "a")
    assert not Bench("p/m", "a", 1, "").means("p/m", "b")
    assert not Bench("p/m", None, 1, "").means("p/n", "a")


def test_benches_cross_a_link() -> None:
    benches = Benches((Bench("p/m", None, 1, "w"),), (Bench("q/m", "k", 0, ""),))
    assert DECODER.decode(msgspec.msgpack.encode(benches)) == benches
