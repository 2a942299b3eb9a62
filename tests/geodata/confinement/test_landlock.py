"""A process under Landlock reads and writes what it was left, whichever call or library asks."""

import subprocess
import sys
from pathlib import Path

import pytest

from geodata.confinement import landlock

ROOT = Path(__file__).parents[3]
needs_landlock = pytest.mark.skipif(not landlock.abi_version(), reason="this kernel has no Landlock")

CONFINED = """
import sys, threading
from pathlib import Path
from geodata.confinement.landlock import restrict
folder = Path(sys.argv[1])
restrict(read=[folder / "read", folder / "missing", folder / "one.txt"], write=[folder / "write"])
found = []
def attempt(name, what):
    try:
        what()
    except OSError as error:
        found.append(f"{name} {type(error).__name__}")
    else:
        found.append(f"{name} done")
def in_thread(what):
    caught = []
    def run():
        try:
            what()
        except OSError as error:
            caught.append(error)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if caught:
        raise caught[0]
"""


def attempts(folder: Path, *lines: str) -> list[str]:
    """Return what came of each line, tried in a process that keeps `read`, `one.txt` and `write` of the folder."""
    for name in ("read", "write", "other"):
        (folder / name).mkdir()
        (folder / name / "file.txt").write_text("something")
    (folder / "one.txt").write_text("one")
    tries = [f"attempt({number}, lambda: {line})" for number, line in enumerate(lines)]
    code = "\n".join([CONFINED, *tries, "print('\\n'.join(found))"])
    answer = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return [line.partition(" ")[2] for line in answer.stdout.splitlines()]


@needs_landlock
def test_restrict_leaves_what_it_was_given(tmp_path):
    lines = (
        "(folder / 'read' / 'file.txt').read_text()",
        "list((folder / 'read').iterdir())",
        "(folder / 'one.txt').read_text()",
        "(folder / 'write' / 'new.txt').write_text('new')",
        "(folder / 'write' / 'new.txt').rename(folder / 'write' / 'moved.txt')",
        "(folder / 'write' / 'moved.txt').unlink()",
        "(folder / 'write' / 'folder').mkdir()",
    )
    assert attempts(tmp_path, *lines) == ["done"] * len(lines)


@needs_landlock
def test_restrict_refuses_everything_else(tmp_path):
    lines = (
        "Path('/etc/passwd').read_text()",
        "(folder / 'other' / 'file.txt').read_text()",
        "list((folder / 'other').iterdir())",
        "(folder / 'read' / 'file.txt').write_text('changed')",
        "(folder / 'read' / 'file.txt').unlink()",
        "(folder / 'write' / '..' / 'other' / 'file.txt').read_text()",
        "(folder / 'write' / 'link').symlink_to('/etc/passwd')",
        "in_thread(lambda: Path('/etc/passwd').read_text())",
        "Path('/proc/self/environ').read_bytes()",
    )
    assert attempts(tmp_path, *lines) == ["PermissionError"] * len(lines)


@needs_landlock
def test_restrict_holds_for_programs_it_starts(tmp_path):
    line = "__import__('subprocess').run(['/bin/cat', '/etc/passwd'], check=True)"
    assert attempts(tmp_path, line) == ["PermissionError"]


def test_restrict_without_landlock_says_so(monkeypatch):
    monkeypatch.setattr(landlock, "abi_version", lambda: 0)
    with pytest.raises(OSError, match="Landlock"):
        landlock.restrict(read=[], write=[])


def test_abi_version_of_another_system_is_none(monkeypatch):
    monkeypatch.setattr(landlock.sys, "platform", "darwin")
    assert landlock.abi_version() == 0


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 9])
def test_restrict_asks_older_kernels_for_what_they_know(monkeypatch, tmp_path, version):
    """The masks that the system calls get: no right that a kernel of this version would refuse as unknown."""
    asked = []

    def call(number, *arguments):
        if number == landlock.CREATE_RULESET:
            asked.append(("ruleset", arguments[0]._obj.handled_access_fs))
            return landlock.os.open("/dev/null", landlock.os.O_RDONLY)
        if number == landlock.ADD_RULE:
            asked.append(("rule", arguments[2]._obj.allowed_access))
        return 0

    monkeypatch.setattr(landlock, "_call", call)
    monkeypatch.setattr(landlock, "abi_version", lambda: version)
    monkeypatch.setattr(landlock, "_libc", lambda: type("libc", (), {"prctl": staticmethod(lambda *_: 0)}))
    landlock.restrict(read=[Path(__file__)], write=[tmp_path])
    (_, handled), *rules = asked
    assert handled == (1 << landlock.RIGHTS_BY_ABI[min(version, 5)]) - 1
    assert len(rules) == 2
    assert all(rights and rights | handled == handled for _, rights in rules)
    assert rules[0][1] == landlock.EXECUTE | landlock.READ_FILE
