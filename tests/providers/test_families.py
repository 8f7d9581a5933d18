import os
import subprocess
import sys

from narrowgate.dialects.registry import DIALECTS
from narrowgate.model.conversation import Form
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.registry import PROFILES


def test_every_form_of_a_provider_can_be_written_and_read() -> None:
    assert set(FAMILIES) == set(Form)
    assert all(family.form is form for form, family in FAMILIES.items())
    assert {form for profile in PROFILES.values() for form in profile.forms} <= set(FAMILIES)


def test_every_form_that_clients_speak_has_both_halves() -> None:
    assert set(DIALECTS) <= set(FAMILIES)


def test_who_reads_a_configuration_loads_none() -> None:
    code = "import sys, narrowgate.adapters.config_file; sys.exit('narrowgate.providers.families' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == 0
