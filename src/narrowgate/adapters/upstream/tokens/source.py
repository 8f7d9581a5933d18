"""Keeps one identity's credential fresh, and lets calls wait for the first. Standard library only."""

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from narrowgate.adapters.upstream.tokens import aws, entra, google, ibm
from narrowgate.adapters.upstream.tokens.ask import Ask
from narrowgate.adapters.upstream.tokens.credential import Credential, Unobtainable
from narrowgate.signing.identities import (
    EntraApp,
    EntraManaged,
    GoogleFederated,
    GoogleKey,
    GoogleMetadata,
    GoogleUser,
    IbmKey,
    Identity,
)
from narrowgate.wire.errors import WireError

_ATTEMPT_S = 15.0
_WAIT_S = 10.0
_MARGIN_S = 300.0
_LONGEST_PAUSE_S = 60.0
# After so many failures in a row calls are told at once instead of waiting for the next attempt.
_PATIENCE = 3
_CALM_S = 2.0
_LAST_S = 1.0

Obtain = Callable[[], Awaitable[Credential]]


class Tell(Protocol):
    """Hears what happened, for the log."""

    def __call__(self, sentence: str, fields: dict[str, str | int], *, is_good: bool) -> None:
        """Take a sentence and its fields; nothing secret is among them."""


async def obtain(identity: Identity, ask: Ask, region: str) -> Credential:
    """Return a fresh credential for `identity`.

    Raises:
        Unobtainable: there is none.
    """
    now_s = time.time()
    try:
        match identity:
            case GoogleKey() | GoogleUser() | GoogleFederated() | GoogleMetadata():
                return await google.obtain(identity, ask, now_s, secrets.token_bytes)
            case EntraApp() | EntraManaged():
                return await entra.obtain(identity, ask, now_s, secrets.token_bytes)
            case IbmKey():
                return await ibm.obtain(identity, ask, now_s)
            case _:
                return await aws.obtain(identity, ask, now_s, region)
    except WireError as error:
        raise Unobtainable(str(error), is_final=True) from None


class Source:
    """One identity's credential: renewed by one task, before it expires; an old one serves while it is good."""

    def __init__(
        self,
        obtain: Obtain,
        tell: Tell,
        unix_s: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._obtain = obtain
        self._tell = tell
        self._unix_s = unix_s
        self._chance = chance
        self._held: Credential | None = None
        self._reason = "no credential was obtained yet"
        self._failures = 0
        self._is_final = False
        self._is_trying = False
        self._tried_s = 0.0
        self._waiting: dict[int, tuple[Callable[[str], None], asyncio.TimerHandle]] = {}
        self._number = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; needs a running loop."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep())

    def close(self) -> None:
        """Renew no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def credential(self) -> Credential | None:
        """The credential, None while there is none that is good."""
        held = self._held
        return held if held is not None and _left_s(held, self._unix_s()) > 0 else None

    def wait(self, then: Callable[[str], None]) -> None:
        """Call `then` once there is a credential (with ""), or with the reason why there will be none in time."""
        loop = asyncio.get_running_loop()
        is_calm = self._unix_s() - self._tried_s < _CALM_S
        if self._failures and not self._is_trying and is_calm and self._is_hopeless:
            loop.call_soon(then, self._reason)
            return
        number = self._number = self._number + 1
        self._waiting[number] = (then, loop.call_later(_WAIT_S, self._give_up, number))
        if not self._is_trying:
            self._wake.set()

    @property
    def _is_hopeless(self) -> bool:
        return self._is_final or self._failures >= _PATIENCE

    def _give_up(self, number: int) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting[0](self._reason)

    async def _keep(self) -> None:
        while True:
            self._wake.clear()
            pause_s = await self._try()
            if self._held is not None and self._held.expires_s is None:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause_s)
            if self._failures:  # whoever woke us does not make the endpoint's troubles worse
                await asyncio.sleep(min(pause_s, 0.5))

    async def _try(self) -> float:
        """Obtain a credential; return after how long to do so again."""
        self._is_trying = True
        try:
            async with asyncio.timeout(_ATTEMPT_S):
                held = await self._obtain()
        except TimeoutError:
            return self._failed(f"no answer within {_ATTEMPT_S:g} s", is_final=False)
        except Unobtainable as error:
            return self._failed(str(error), is_final=error.is_final)
        except Exception as error:  # noqa: BLE001 - a bug in one attempt must not end all renewing
            return self._failed(f"a bug in the gateway: {type(error).__name__}", is_final=False)
        finally:
            self._is_trying = False
            self._tried_s = self._unix_s()
        now_s = self._unix_s()
        life_s = held.expires_s - now_s if held.expires_s is not None else 0.0
        if held.expires_s is not None and _left_s(held, now_s) <= 0:
            return self._failed("the credential that came had expired; look at the clock", is_final=False)
        failures, self._failures = self._failures, 0
        self._held, self._is_final = held, False
        if held.expires_s is not None:
            fields: dict[str, str | int] = {"expires_in_s": int(life_s)}
            fields |= {"after_failures": failures} if failures else {}
            self._tell("a credential was obtained", fields, is_good=True)
        self._answer("")
        return pause_s(life_s, self._chance())

    def _failed(self, reason: str, *, is_final: bool) -> float:
        self._failures += 1
        self._reason, self._is_final = reason, is_final
        self._tell("no credential could be obtained", {"reason": reason, "failures": self._failures}, is_good=False)
        if self._is_hopeless and self.credential is None:
            self._answer(reason)
        longest = min(_LONGEST_PAUSE_S, 0.5 * 2.0 ** min(self._failures - 1, 10))
        return longest * (0.5 + self._chance() / 2)

    def _answer(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, {}
        for then, timer in waiting.values():
            timer.cancel()
            then(reason)


def pause_s(life_s: float, chance: float) -> float:
    """Return after how long to renew a credential that lives for `life_s`; `chance` is in [0, 1).

    Five minutes before its end, or for short ones a fifth of their life; up to a tenth (a minute at most)
    earlier, so that many gateways do not ask at once.
    """
    margin_s = min(_MARGIN_S, life_s / 5)
    return max(life_s - margin_s - chance * min(_LONGEST_PAUSE_S, life_s / 10), 0.2)


def _left_s(held: Credential, now_s: float) -> float:
    """Return how long a credential may still be used: not in its last second, the way takes time."""
    if held.expires_s is None:
        return 1.0
    return held.expires_s - now_s - _LAST_S
