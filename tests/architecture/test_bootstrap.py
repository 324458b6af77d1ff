"""`make` on a machine that lacks something: what is said, and that a second start does no work.

The machine is a folder of stand-in programs that is the whole PATH. Its Pythons write down what they are asked for;
only the script itself is run, by the Python of these tests, told to be older or to lack a module.
"""

import ast
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

# What the stand-in runs in place of the script: the same script, under the version and the modules that it pretends.
PRETEND = """
import runpy, sys
version, lacking, executable, *sys.argv = sys.argv[1:]
sys.version_info = (*map(int, version.split(".")), "final", 0)
sys.executable = executable
sys.modules.update(dict.fromkeys(lacking.split(), None))
runpy.run_path(sys.argv[0], run_name="__main__")
"""
# LOG gets one line a call. -c answers for the version; -m venv makes a .venv of the same kind; pip may be made to fail.
PYTHON = """#!/bin/sh
echo "{version} $*" >> "{log}"
case "$*" in
  "-c import sys; sys.exit("*) {new_enough} ;;
  "-c "*) exit 0 ;;
  "-m venv "*) for last; do :; done
    mkdir -p "$last/bin" && cp "$0" "$last/bin/python" && echo "version = {version}" > "$last/pyvenv.cfg"
    exit {venv_fails} ;;
  "-m pip --version") {has_pip} ;;
  "-m ensurepip"*) {ensurepip} ;;
  "-m pip install"*) exit {pip_fails} ;;
  *bootstrap.py*) exec "{real}" -c "$PRETEND" "{version}" "{lacking}" "$0" "$@" ;;
  *) exit 0 ;;
esac
"""


@dataclass(slots=True)
class Machine:
    """A checkout and the programs beside it."""

    folder: Path

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    @property
    def calls(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text("utf-8").splitlines() if log.exists() else []

    def forget(self) -> None:
        (self.folder / "log").write_text("", "utf-8")

    def python(
        self,
        name: str = "python3",
        version: str = "3.11.2",
        *,
        lacking: str = "",
        has_pip: bool = True,
        ensurepip: bool = True,
        venv_fails: bool = False,
        pip_fails: bool = False,
    ) -> None:
        enough = tuple(map(int, version.split("."))) >= (3, 11)
        marker = self.folder / "has-pip"
        text = PYTHON.format(
            version=version,
            lacking=lacking,
            log=self.folder / "log",
            real=sys.executable,
            new_enough=f"exit {0 if enough else 1}",
            has_pip="exit 0" if has_pip else f'test -e "{marker}"',
            ensurepip=f'touch "{marker}"' if ensurepip else "exit 1",
            venv_fails=int(venv_fails),
            pip_fails=int(pip_fails),
        )
        self.program(name, text)

    def program(self, name: str, text: str = "#!/bin/sh\n") -> None:
        path = self.programs / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [shutil.which("make") or "make", *arguments],
            cwd=self.project,
            env={"PATH": str(self.programs), "PRETEND": PRETEND, **environment},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    (made.project / "scripts").mkdir(parents=True)
    made.programs.mkdir()
    for name in ("Makefile", "scripts/bootstrap.py"):
        shutil.copy(ROOT / name, made.project / name)
    for name in ("requirements.lock", "requirements-test.lock", "pyproject.toml"):
        (made.project / name).write_text("as it was\n", "utf-8")
    for name in ("cp", "mkdir", "sed", "test", "touch"):
        (made.programs / name).symlink_to(shutil.which(name) or name)
    return made


pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
INSTALLS = ("3.11.2 -m pip install --quiet --require-hashes -r", "3.11.2 -m pip install --quiet --no-deps")


def test_the_first_start_makes_installs_and_starts(machine: Machine):
    machine.python()
    result = machine.make("test", "ARGS=-k codes")
    assert result.returncode == 0, result.stdout
    installs = [call for call in machine.calls if "pip install" in call]
    assert [call.startswith(start) for call, start in zip(installs, INSTALLS, strict=True)] == [True, True]
    assert installs[0].endswith("project/requirements-test.lock")
    assert machine.calls[-1] == "3.11.2 -m pytest -k codes"


@pytest.mark.parametrize(
    ("target", "lock", "command"),
    [
        ("test-long", "requirements-test.lock", "-m pytest -m long tests/long"),
        ("bench", "requirements-test.lock", "-m tests.bench"),
        ("lint", "requirements-test.lock", "-m pytest tests/architecture"),
    ],
)
def test_each_target_installs_its_lock_and_runs_its_command(machine: Machine, target: str, lock: str, command: str):
    machine.python()
    assert machine.make(target).returncode == 0
    assert any(call.endswith(lock) for call in machine.calls)
    assert machine.calls[-1].strip() == f"3.11.2 {command}"


def test_the_demo_is_the_console_script(machine: Machine):
    machine.python()
    assert machine.make("demo").returncode != 0, "there is no console script yet"
    script = machine.project / ".venv/bin/firstbell"
    script.write_text('#!/bin/sh\necho "started: $*"\n', "utf-8")
    script.chmod(0o755)
    machine.forget()
    assert "started: demo --at 09:30" in machine.make("demo", "ARGS=--at 09:30").stdout
    assert "started: demo --port 8311 --fresh" in machine.make("demo", "PORT=8311", "ARGS=--fresh").stdout
    assert not [call for call in machine.calls if "-m" in call]


def test_a_second_start_asks_pip_nothing(machine: Machine):
    machine.python()
    machine.make("test")
    machine.forget()
    assert machine.make("test").returncode == 0
    assert [call for call in machine.calls if " -m " in call] == ["3.11.2 -m pytest"]


def test_ready_for_tests_is_ready_to_run_and_not_the_other_way(machine: Machine):
    machine.python()
    machine.make("test")
    machine.forget()
    machine.make("demo")
    assert not any("pip install" in call for call in machine.calls)

    shutil.rmtree(machine.project / ".venv")
    machine.make("demo")
    machine.forget()
    machine.make("test")
    assert any("requirements-test.lock" in call for call in machine.calls)


@pytest.mark.parametrize("changed", ["requirements-test.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_installs_again(machine: Machine, changed: str):
    machine.python()
    machine.make("test")
    (machine.project / changed).write_text("as it is now\n", "utf-8")
    machine.forget()
    machine.make("test")
    assert sum("pip install" in call for call in machine.calls) == 2
    assert not any("-m venv" in call for call in machine.calls)


def test_a_start_that_was_cut_short_goes_on(machine: Machine):
    machine.python(pip_fails=True)
    result = machine.make("test")
    assert result.returncode != 0
    assert "could not be installed" in result.stdout
    assert "PIP_INDEX_URL" in result.stdout
    assert not any("-m pytest" in call for call in machine.calls)

    machine.python()
    shutil.copy(machine.programs / "python3", machine.project / ".venv/bin/python")
    machine.forget()
    assert machine.make("test").returncode == 0
    assert sum("pip install" in call for call in machine.calls) == 2


def test_a_moved_folder_gets_a_new_venv(machine: Machine):
    machine.python()
    machine.make("test")
    moved = machine.folder / "moved"
    machine.project.rename(moved)
    shutil.copytree(moved, machine.project)
    (machine.project / ".venv/firstbell-folder").write_text(str(moved), "utf-8")
    (machine.project / ".venv/firstbell-test-ready").write_text("another folder's", "utf-8")
    machine.forget()
    assert machine.make("test").returncode == 0
    assert any("-m venv" in call for call in machine.calls)


def test_a_python_that_is_too_old_is_named(machine: Machine):
    machine.python(version="3.8.18")
    result = machine.make("demo")
    assert result.returncode != 0
    assert "Python 3.11 or newer is needed: found 3.8" in result.stdout
    assert "make demo PYTHON=" in result.stdout
    assert "Traceback" not in result.stdout
    assert not (machine.project / ".venv").exists()


def test_a_newer_python_beside_the_old_one_is_used(machine: Machine):
    machine.python(version="3.8.18")
    machine.python("python3.12", "3.12.1")
    machine.python("python3.11", "3.11.2")
    assert machine.make("test").returncode == 0
    assert machine.calls[-1] == "3.12.1 -m pytest"


def test_a_shim_that_does_not_start_is_passed_over(machine: Machine):
    machine.program("python3", "#!/bin/sh\necho 'python3: command not found' >&2\nexit 127\n")
    machine.program("python3.13", "#!/bin/sh\nexit 127\n")
    machine.python("python3.12", "3.12.1")
    assert machine.make("test").returncode == 0
    assert machine.calls[-1] == "3.12.1 -m pytest"


def test_the_named_python_is_used(machine: Machine):
    machine.python()
    machine.python("python3.13", "3.13.0")
    assert machine.make("test", "PYTHON=python3.13").returncode == 0
    assert machine.calls[-1] == "3.13.0 -m pytest"
    assert machine.make("test", PYTHON="python3").returncode == 0, "another one named: .venv is made anew"
    assert machine.calls[-1] == "3.11.2 -m pytest"


def test_a_named_python_that_is_too_old_is_not_passed_over(machine: Machine):
    machine.python("python3.9", "3.9.18")
    machine.python("python3.12", "3.12.1")
    result = machine.make("test", "PYTHON=python3.9")
    assert result.returncode != 0
    assert "found 3.9" in result.stdout
    assert "PYTHON=python3.9" in result.stdout
    assert not any(call.startswith("3.12.1") for call in machine.calls)


def test_no_python_at_all_is_said(machine: Machine):
    result = machine.make("demo")
    assert result.returncode != 0
    assert "Python 3.11 or newer is needed: none was found" in result.stdout
    assert "apt install python3 python3-venv" in result.stdout


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "apt install python3.11-venv"),
        ("dnf", "dnf install python3"),
        ("apk", "apk add python3"),
        ("brew", "brew install python"),
        (None, "your system's package"),
    ],
)
@pytest.mark.parametrize("lacking", ["ensurepip", "venv"])
def test_a_missing_venv_names_the_command(machine: Machine, manager: str | None, command: str, lacking: str):
    machine.python(lacking=lacking)
    if manager:
        machine.program(manager)
    result = machine.make("demo")
    assert result.returncode != 0
    assert f"came without {lacking}" in result.stdout
    assert command in result.stdout
    assert "Traceback" not in result.stdout
    assert not (machine.project / ".venv").exists()


def test_a_python_without_sqlite_is_named(machine: Machine):
    machine.python(lacking="sqlite3")
    result = machine.make("demo")
    assert result.returncode != 0
    assert "was built without sqlite3" in result.stdout


def test_a_venv_without_pip_gets_it(machine: Machine):
    machine.python(has_pip=False)
    assert machine.make("test").returncode == 0
    calls = machine.calls
    ensured = next(number for number, call in enumerate(calls) if "ensurepip" in call)
    assert ensured < next(number for number, call in enumerate(calls) if "pip install" in call)


def test_a_venv_that_cannot_get_pip_names_the_command(machine: Machine):
    machine.python(has_pip=False, ensurepip=False)
    machine.program("apt-get")
    result = machine.make("test")
    assert result.returncode != 0
    assert "apt install python3-venv" in result.stdout
    assert not any("pip install" in call for call in machine.calls)


def test_a_venv_that_cannot_be_made_says_what_next(machine: Machine):
    machine.python(venv_fails=True)
    result = machine.make("test")
    assert result.returncode != 0
    assert "rm -r .venv" in result.stdout


@pytest.mark.parametrize(
    "break_it", [lambda venv: (venv / "bin").mkdir(parents=True), lambda venv: venv.write_text("")]
)
def test_a_strange_venv_is_not_thrown_away(machine: Machine, break_it: Callable[[Path], object]):
    machine.python()
    break_it(machine.project / ".venv")
    result = machine.make("test")
    assert result.returncode != 0
    assert "rm -r .venv" in result.stdout
    assert not any("-m venv" in call for call in machine.calls)


def test_help_lists_every_target(machine: Machine):
    result = machine.make()
    text = (machine.project / "Makefile").read_text("utf-8")
    targets = next(line for line in text.splitlines() if line.startswith(".PHONY:")).split()[1:]
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [["make", target] for target in targets]
    assert {"demo", "test", "test-long", "bench", "lint", "help"} <= set(targets)


def test_an_old_python_can_read_the_script():
    ast.parse((ROOT / "scripts/bootstrap.py").read_text("utf-8"), feature_version=(3, 6))


def test_the_ci_run_is_the_documented_command():
    script = (ROOT / ".ci/run").read_text("utf-8")
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "set -euo pipefail" in script
    assert "make test" in script
    assert subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=False).returncode == 0


def test_a_long_installation_says_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = runpy.run_path(str(ROOT / "scripts/bootstrap.py"))
    monkeypatch.setitem(script["wait_for"].__globals__, "SAYS_EVERY", 0.2)
    slow = [sys.executable, "-c", "import time; time.sleep(.5); raise SystemExit(3)"]
    assert script["wait_for"](slow, dict(os.environ)) == 3
    assert "still installing" in capsys.readouterr().out
