from pathlib import Path

import msgspec

from narrowgate.adapters.config_file import load
from narrowgate.exposure.lines import statement_lines
from narrowgate.exposure.statement import Sandbox, Seal, Statement
from narrowgate.exposure.told import Here, exposure_of


def told(**environment: str) -> Statement:
    return exposure_of(load(None, environment), Here(Path("/data"), 2, {}))


def test_the_page_says_what_the_document_says() -> None:
    page = "\n".join(statement_lines(told(OPENAI_API_KEY="sk-x")))
    assert "installed, not sealed" in page
    assert "  edge × 2: " in page
    assert "  api.openai.com:443" in page
    assert "  launcher: not filtered\n    holds     all secrets" in page
    assert "    connects  to TCP ports 53, 443" in page
    assert "env://OPENAI_API_KEY" in page
    assert "Telemetry:\n  none" in page
    assert "sk-x" not in page


def test_without_providers_nobody_is_connected_to() -> None:
    assert "Connects to:\n  nobody" in "\n".join(statement_lines(told()))


def test_a_seal_and_what_a_kernel_lacks_are_said() -> None:
    seal = Seal("ab", "SHA256:me", has_own_python=True)
    sandbox = Sandbox(0, seccomp=False, missing=("landlock: none",), is_required=True)
    page = "\n".join(statement_lines(msgspec.structs.replace(told(), sealed=seal, sandbox=sandbox)))
    assert "sealed, manifest sha256 ab, signed by SHA256:me" in page
    assert "confined by nothing, required\nMISSING landlock: none" in page
