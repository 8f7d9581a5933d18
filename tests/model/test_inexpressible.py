"""Who decides what becomes of what a provider cannot be told."""

import pytest

from narrowgate.model.inexpressible import Inexpressibles, policy_of

REFUSE, DROP = Inexpressibles.REFUSE, Inexpressibles.DROP


@pytest.mark.parametrize(
    ("configured", "of_key", "wanted", "found"),
    [
        (REFUSE, None, None, REFUSE),
        (DROP, None, None, DROP),
        (REFUSE, None, " Drop ", DROP),
        (DROP, None, "refuse", REFUSE),
        (DROP, None, "nonsense", REFUSE),
        (REFUSE, DROP, None, DROP),
        (REFUSE, DROP, "refuse", REFUSE),
        (DROP, REFUSE, None, REFUSE),
        (DROP, REFUSE, "drop", REFUSE),
    ],
)
def test_a_key_that_refuses_refuses_else_the_request_decides(
    configured: Inexpressibles, of_key: Inexpressibles | None, wanted: str | None, found: Inexpressibles
) -> None:
    assert policy_of(configured, of_key, wanted) is found
