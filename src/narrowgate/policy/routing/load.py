"""How busy a target or key is, how fast and how much of its prompts it has in its cache."""

from narrowgate.policy.routing.settings import Limits

_NEW = 0.2  # the share of the latest value in a moving average
_MINUTE_MS = 60_000
_USUAL_TOKENS = 300  # of an answer, where only speeds are to be compared


class Load:
    """What is counted of calls. `first_ms` and `tokens_per_s` are moving averages, 0 while nothing is known."""

    __slots__ = ("_minute", "cached", "calls", "ceiling", "first_ms", "in_flight", "limits", "tokens", "tokens_per_s")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.in_flight = 0
        self.calls = self.tokens = 0  # of the present minute
        self.first_ms = self.tokens_per_s = self.cached = 0.0
        self.ceiling = float(limits.max_parallel)  # adapted, it may be lower than what is allowed
        self._minute = 0

    @property
    def is_limited(self) -> bool:
        """Whether there is any bound."""
        limits = self.limits
        return bool(limits.rpm or limits.tpm or limits.max_parallel)

    def began(self, now_ms: int) -> None:
        """A call goes out."""
        self._roll(now_ms)
        self.in_flight += 1
        self.calls += 1

    def ended(self) -> None:
        """It is over."""
        self.in_flight -= 1

    def took(self, now_ms: int, tokens: int) -> None:
        """Count tokens of an answer."""
        self._roll(now_ms)
        self.tokens += tokens

    def felt(self, first_ms: float, tokens_per_s: float, cached: float) -> None:
        """Take in how an answer was: time to the first token, speed after it (0: unknown), share of cached input."""
        if not self.first_ms:
            self.first_ms, self.tokens_per_s, self.cached = first_ms, tokens_per_s, cached
            return
        self.first_ms += (first_ms - self.first_ms) * _NEW
        self.cached += (cached - self.cached) * _NEW
        if tokens_per_s:
            self.tokens_per_s += (tokens_per_s - self.tokens_per_s) * (_NEW if self.tokens_per_s else 1.0)

    def room_ms(self, now_ms: int) -> int:
        """Return 0 when one more call may go out, else when that may be so; -1 when a call has to end first."""
        limits = self.limits
        if limits.max_parallel and self.in_flight >= max(1, int(self.ceiling)):
            return -1
        if now_ms // _MINUTE_MS == self._minute and (
            (limits.rpm and self.calls >= limits.rpm) or (limits.tpm and self.tokens >= limits.tpm)
        ):
            return (self._minute + 1) * _MINUTE_MS
        return 0

    def used(self, now_ms: int) -> float:
        """Return how much of its limits a minute is used, as a share; without limits, how many calls it had."""
        if now_ms // _MINUTE_MS != self._minute:
            return 0.0
        limits = self.limits
        by_calls = self.calls / limits.rpm if limits.rpm else 0.0
        by_tokens = self.tokens / limits.tpm if limits.tpm else 0.0
        return max(by_calls, by_tokens) if limits.rpm or limits.tpm else self.calls / 1e9

    def expected_ms(self) -> float:
        """Return how long a usual answer would take now; 0 while nothing is known."""
        speed = self.tokens_per_s
        alone = self.first_ms + (_USUAL_TOKENS * 1_000 / speed if speed else 0.0)
        return alone * (1 + self.in_flight)

    def adapt(self, first_ms: float) -> None:
        """Move the ceiling by how the latest answer compares with the usual: the gradient algorithm.

        Source: https://github.com/Netflix/concurrency-limits (read 2026-11): limit x usual / latest + a little.
        """
        most = self.limits.max_parallel
        if not most or not self.first_ms or first_ms <= 0:
            return
        gradient = max(0.5, min(1.0, 1.5 * self.first_ms / first_ms))
        aim = self.ceiling * gradient + self.ceiling**0.5
        self.ceiling = max(1.0, min(float(most), self.ceiling + (aim - self.ceiling) * _NEW))

    def _roll(self, now_ms: int) -> None:
        minute = now_ms // _MINUTE_MS
        if minute != self._minute:
            self._minute = minute
            self.calls = self.tokens = 0
