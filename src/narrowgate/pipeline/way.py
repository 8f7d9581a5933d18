"""What a public model name leads to: one target, or several with rules for choosing."""

from narrowgate.pipeline.target import Target


class Way:
    """The targets behind one name, in order of preference, and how calls to it are conducted.

    `is_simple`: one target and no rules, so there is nothing to choose while that target is well.
    """

    __slots__ = (
        "content_policy_fallbacks",
        "context_window_fallbacks",
        "fallbacks",
        "is_simple",
        "may_continue",
        "may_replay",
        "name",
        "retries",
        "targets",
    )

    def __init__(self, name: str, targets: tuple[Target, ...], retries: int) -> None:
        self.name = name
        self.targets = targets
        self.retries = retries
        self.fallbacks: tuple[str, ...] = ()
        self.context_window_fallbacks: tuple[str, ...] = ()
        self.content_policy_fallbacks: tuple[str, ...] = ()
        self.may_continue = self.may_replay = False
        self.is_simple = len(targets) == 1
