"""A closure keeps to its policy, or every breach is said with its fix."""

import msgspec
import pytest

from narrowgate.supply.allowance import Policy, PolicyError, breaches, policy_text, read_policy
from narrowgate.supply.distribution import Form
from narrowgate.supply.findings import Finding, Reach, Weight
from tests.supply.parts import distribution, inventory

CONNECT = Finding(Reach.NETWORK, "socket.socket.connect", "a.py", 3)
AT_IMPORT = Finding(Reach.NETWORK, "socket.socket.bind", "a.py", 4, at_import=True)
ALARM = Finding(Reach.HIDDEN, "exec of decoded data", "a.py", 5, Weight.ALARM)


def said(policy: str, *findings: Finding) -> list[str]:
    return [str(breach) for breach in breaches(inventory(distribution("a", *findings)), read_policy(policy))]


def test_what_is_allowed_is_no_breach() -> None:
    assert said('[distributions.A]\nmay = ["network"]', CONNECT) == []
    assert said('[distributions.a]\nmay = ["network:socket.*"]', CONNECT) == []
    assert said('[distributions.a]\nmay = ["network"]\nat_import = ["network"]', AT_IMPORT) == []


def test_what_is_not_allowed_is_said_with_its_place_and_its_fix() -> None:
    assert said('[distributions.a]\nmay = ["network:socket.create_server"]', CONNECT) == [
        (
            "a 1.0 reaches network (socket.socket.connect) in a.py:3, which the policy does not allow; "
            "go back to the version that did not, or add 'network' to distributions.a.may"
        )
    ]
    assert "add 'network' to distributions.a.at_import" in said('[distributions.a]\nmay = ["network"]', AT_IMPORT)[0]


def test_an_alarm_has_to_be_accepted_by_name() -> None:
    assert "raises an alarm: hidden" in said('[distributions.a]\nmay = ["hidden"]', ALARM)[0]
    assert said('[distributions.a]\naccept = ["hidden:exec of decoded data"]', ALARM) == []


def test_what_the_policy_does_not_name_is_a_breach() -> None:
    assert "is not in the policy; it reaches network; remove it" in said("", CONNECT)[0]


def test_what_cannot_be_checked_is_a_breach() -> None:
    one = msgspec.structs.replace(distribution("a"), form=Form.LOCKED)
    (breach,) = breaches(inventory(one), read_policy("[distributions.a]"))
    assert "cannot be checked" in str(breach)


def test_the_number_of_distributions_has_a_bound() -> None:
    policy = read_policy("most_distributions = 1\n[distributions.a]\n[distributions.b]")
    (breach,) = breaches(inventory(distribution("a"), distribution("b")), policy)
    assert str(breach).startswith("here has 2 distributions, and most_distributions is 1;")


def test_notes_about_files_are_no_reach() -> None:
    gone = Finding(Reach.UNRECORDED, "file that is gone", "a.py")
    assert said("[distributions.a]", gone) == []
    assert len(said("[distributions.a]", msgspec.structs.replace(gone, weight=Weight.WARNING))) == 1


def test_the_policy_for_what_is_there_is_kept_by_it_but_for_alarms() -> None:
    found = inventory(distribution("a", CONNECT, AT_IMPORT), distribution("b-c"))
    assert breaches(found, read_policy(policy_text(found))) == []
    alarming = inventory(distribution("a", ALARM))
    assert len(breaches(alarming, read_policy(policy_text(alarming)))) == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[", "Invalid"),
        ("nonsense = 1", "nonsense"),
        ("[distributions.a]\nmay = ['fly']", "distributions.a.may: 'fly' is not one of build, "),
        ("[distributions.a]\nmay = 'network'", "array"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match="(?i)" + complaint.replace("[", r"\[")):
        read_policy(text)
    assert read_policy("") == Policy()
