import marshal
import subprocess
import sys

from narrowgate.sealed.code import compiled

SOURCE = b"def f(x):\n    return x in {'a', 'b', 'c', 'd'} and __debug__\nY = f('a')\n"


def test_the_same_source_gives_the_same_bytes_in_every_process() -> None:
    program = f"from narrowgate.sealed.code import compiled; print(compiled({SOURCE!r}, 'm.py').hex())"
    outputs = set()
    for seed in ("1", "2", "random"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
        outputs.add(done.stdout.strip().decode())
    assert outputs == {compiled(SOURCE, "m.py").hex()}


def test_it_is_code_without_a_place_on_this_machine() -> None:
    names: dict[str, object] = {}
    code = marshal.loads(compiled(SOURCE, "m.py"))
    exec(code, names)
    assert (names["Y"], code.co_filename) == (True, "/sealed/m.py")
