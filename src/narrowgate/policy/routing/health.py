"""What is left alone after failures, and for how long: keys and models by pauses, endpoints by a breaker.

All times are Unix milliseconds.
"""

from narrowgate.policy.routing.settings import Breaker as Rule

_MOST_DOUBLINGS = 20


class Cooling:
    """A key, or a model with a key, that is left alone for a time.

    Each failure right after a pause doubles the next one.
    """

    __slots__ = ("_times", "is_named", "until_ms", "why")

    def __init__(self) -> None:
        self.until_ms = 0
        self.is_named = False  # the provider, or a person, said how long
        self.why = ""
        self._times = 0

    @property
    def is_sure(self) -> bool:
        """Whether more than a single failure speaks for the pause."""
        return self.is_named or self._times > 1

    def pause(self, now_ms: int, first_ms: int, most_ms: int, why: str) -> None:
        """Leave it alone for a while. Calls that were under way when it began to fail change nothing."""
        if now_ms < self.until_ms:
            return
        span = min(first_ms << min(self._times, _MOST_DOUBLINGS), most_ms)
        self._times += 1
        self.until_ms, self.is_named, self.why = now_ms + span, False, why

    def keep(self, now_ms: int, wait_ms: int, why: str) -> None:
        """Leave it alone for the time that was asked for; a shorter one does not shorten a longer."""
        if now_ms + wait_ms > self.until_ms or not self.is_named:
            self.until_ms, self.is_named, self.why = max(self.until_ms, now_ms + wait_ms), True, why

    def well(self, now_ms: int) -> None:
        """Hear of a success: after a pause, the next one is as short as the first."""
        if now_ms >= self.until_ms:
            self._times = 0

    def lift(self) -> None:
        """Forget everything."""
        self.until_ms = self._times = 0
        self.is_named, self.why = False, ""


class Breaker:
    """Closed, it lets calls pass and counts them; open, none; then half open, one at a time, until one succeeds."""

    __slots__ = (
        "_before",
        "_begins_ms",
        "_calls",
        "_ends_ms",
        "_failures",
        "_half_ms",
        "_opened_ms",
        "_rule",
        "_span_ms",
        "state",
        "until_ms",
    )

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.state = "closed"
        self.until_ms = 0
        self._opened_ms = 0
        self._span_ms = 0
        # Of the window: what is counted is the half that lies between these, and the one before.
        self._half_ms = max(1, int(rule.window_s * 500))
        self._begins_ms = self._ends_ms = 0
        self._calls = self._failures = 0
        self._before = (0, 0)

    def claim(self, now_ms: int) -> bool:
        """Hear that a call goes out; say whether it is the one that tries a half-open breaker."""
        if self.state == "closed":
            return False
        if now_ms < self.until_ms:
            return False  # goes out because there is nothing else to ask
        self.state = "half_open"
        # Whoever tries may be lost: then another may try after as long again.
        self.until_ms = now_ms + self._span_ms
        return True

    def release(self, now_ms: int) -> None:
        """Hear that the call that tried ended without telling anything."""
        if self.state == "half_open":
            self.until_ms = now_ms

    def succeeded(self, now_ms: int, began_ms: int) -> bool:
        """Count a success of a call that went out at `began_ms`; say whether that closed the breaker."""
        if self.state == "closed":
            if not self._begins_ms <= now_ms < self._ends_ms:
                self._roll(now_ms)
            self._calls += 1
            return False
        if began_ms < self._opened_ms:
            return False  # older than what opened it
        self.state, self.until_ms, self._span_ms = "closed", 0, 0
        self._calls = self._failures = 0
        self._before = (0, 0)
        return True

    def failed(self, now_ms: int, began_ms: int) -> bool:
        """Count a failure; say whether that opened the breaker."""
        rule = self._rule
        if self.state == "closed":
            if not self._begins_ms <= now_ms < self._ends_ms:
                self._roll(now_ms)
            self._calls += 1
            self._failures += 1
            calls, failures = self._before[0] + self._calls, self._before[1] + self._failures
            if calls < rule.min_calls or failures < calls * rule.error_rate:
                return False
            self._span_ms = int(rule.open_s * 1_000)
        elif self.state == "half_open" and began_ms >= self._opened_ms:
            self._span_ms = min(self._span_ms * 2, int(rule.max_open_s * 1_000))
        else:
            return False
        self.state = "open"
        self._opened_ms = now_ms
        self.until_ms = now_ms + self._span_ms
        return True

    def _roll(self, now_ms: int) -> None:
        begins = now_ms - now_ms % self._half_ms
        self._before = (self._calls, self._failures) if begins == self._ends_ms else (0, 0)
        self._begins_ms, self._ends_ms = begins, begins + self._half_ms
        self._calls = self._failures = 0
