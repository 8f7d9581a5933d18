import asyncio
from collections.abc import Awaitable, Callable

import pytest

from narrowgate.adapters.upstream.tokens.credential import Credential, Unobtainable
from narrowgate.adapters.upstream.tokens.source import Source, obtain, pause_s
from narrowgate.signing.identities import AwsKeys, EntraApp, GoogleKey, IbmKey
from tests.adapters.upstream.tokens.fakes import Asked, got, reason

NOW_S = 1_000.0


class Issuer:
    """Gives a credential or raises, in order; the last one again and again."""

    def __init__(self, *outcomes: Credential | Exception) -> None:
        self._outcomes = list(outcomes)
        self.count = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> Credential:
        self.count += 1
        await self.gate.wait()
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Told:
    """Implements Tell."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, str | int], bool]] = []

    def __call__(self, sentence: str, fields: dict[str, str | int], *, is_good: bool) -> None:
        self.lines.append((sentence, fields, is_good))


def good(value: str = "t", life_s: float = 3_600) -> Credential:
    return Credential(value, NOW_S + life_s)


def played(scene: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(_awaited(scene), 5))


async def _awaited(scene: Callable[[], Awaitable[None]]) -> None:
    await scene()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def source_of(issuer: Issuer, told: Told, now_s: Callable[[], float] = lambda: NOW_S) -> Source:
    return Source(issuer, told, now_s, lambda: 0.0)


def values(source: Source) -> list[object]:
    """Return what the source holds now."""
    held = source.credential
    return [] if held is None else [held.value]


def test_many_wait_for_one_question() -> None:
    async def scene() -> None:
        issuer, told, heard = Issuer(good()), Told(), list[str]()
        issuer.gate.clear()
        source = source_of(issuer, told)
        source.start()
        await settled()
        for _ in range(3):
            source.wait(heard.append)
        assert (values(source), heard) == ([], [])
        issuer.gate.set()
        await settled()
        assert (heard, issuer.count) == ([""] * 3, 1)
        assert source.credential == good()
        assert told.lines == [("a credential was obtained", {"expires_in_s": 3_600}, True)]
        source.close()

    played(scene)


def test_what_is_final_is_told_at_once_and_to_those_who_come_right_after() -> None:
    async def scene() -> None:
        issuer, told, heard = Issuer(Unobtainable("X answered 401", is_final=True)), Told(), list[str]()
        source = source_of(issuer, told)
        source.start()
        source.wait(heard.append)
        await settled()
        source.wait(heard.append)
        await settled()
        assert heard == ["X answered 401"] * 2
        assert issuer.count == 1
        assert told.lines[0] == ("no credential could be obtained", {"reason": "X answered 401", "failures": 1}, False)
        source.close()

    played(scene)


@pytest.mark.slow
def test_what_is_not_final_is_tried_again_while_they_wait_and_the_recovery_is_told() -> None:
    async def scene() -> None:
        issuer, told, heard = Issuer(Unobtainable("X answered 500"), good()), Told(), asyncio.Event()
        source = source_of(issuer, told)
        source.start()
        source.wait(lambda why: heard.set() if not why else None)
        await heard.wait()
        assert told.lines[-1] == ("a credential was obtained", {"expires_in_s": 3_600, "after_failures": 1}, True)
        source.close()

    played(scene)


def test_an_old_one_serves_until_its_last_second() -> None:
    async def scene() -> None:
        now = [NOW_S]
        issuer, told = Issuer(good("old"), Unobtainable("X answered 503")), Told()
        source = source_of(issuer, told, lambda: now[0])
        source.start()
        await settled()
        source.wait(lambda _why: None)  # has it renewed at once
        await settled()
        assert [is_good for _, _, is_good in told.lines] == [True, False]
        assert values(source) == ["old"]
        now[0] += 3_599
        assert values(source) == []
        source.close()

    played(scene)


def test_what_does_not_expire_is_asked_for_once_and_not_told() -> None:
    async def scene() -> None:
        issuer, told = Issuer(Credential("k", None)), Told()
        source = source_of(issuer, told)
        source.start()
        source.start()
        await settled()
        assert (issuer.count, told.lines) == (1, [])
        assert source.credential == Credential("k", None)
        source.close()

    played(scene)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [(good(life_s=0.5), "look at the clock"), (RuntimeError("s3cret"), "a bug in the gateway: RuntimeError")],
)
def test_odd_outcomes_end_nothing_and_are_told(outcome: Credential | Exception, said: str) -> None:
    async def scene() -> None:
        told = Told()
        source = source_of(Issuer(outcome), told)
        source.start()
        await settled()
        assert said in str(told.lines[0][1]["reason"])
        assert source.credential is None
        source.close()

    played(scene)


def test_renewal_comes_before_the_end_and_not_everywhere_at_once() -> None:
    assert pause_s(3_600, 0.0) == 3_300
    assert pause_s(3_600, 0.5) == 3_270
    assert pause_s(10, 0.0) == 8
    assert pause_s(0.1, 0.9) == 0.2


def test_each_kind_is_asked_for_in_its_own_way() -> None:
    token = {"access_token": "t", "expires_in": 60}
    assert got(obtain(AwsKeys("A", "s"), Asked(), "r")).expires_s is None
    assert got(obtain(EntraApp("https://x/t", "c", "s", client_secret="s"), Asked(token), "r")).value == "t"
    assert got(obtain(IbmKey("https://x/t", "k"), Asked(token), "r")).value == "t"
    assert reason(obtain(GoogleKey("e", "", "junk", "https://x/t", "s"), Asked(token), "r"), "no RSA").is_final
