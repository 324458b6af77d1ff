"""Make .venv ready, or say what this machine lacks and the command that mends it.

    python3 scripts/bootstrap.py run     what the program needs
    python3 scripts/bootstrap.py test    that, and what the tests need

Only the standard library, and nothing newer than Python 3.6: it must start on an old Python to be able to refuse it.
A second run reads one stamp in .venv and starts nothing.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
NEEDED = (3, 11)
NEWEST_TRIED = 20
SAYS_EVERY = 15
LOCKS = {"run": "requirements.lock", "test": "requirements-test.lock"}
# The test lock holds all of the other, so a .venv that is ready for tests is ready to run.
SATISFIED_BY = {"run": ("run", "test"), "test": ("test",)}

VENV_COMMANDS = (
    ("apt-get", "sudo apt install {python}-venv"),
    ("dnf", "sudo dnf install python3 python3-pip"),
    ("zypper", "sudo zypper install python3 python3-pip"),
    ("pacman", "sudo pacman -S python"),
    ("apk", "apk add python3 py3-pip"),
    ("brew", "brew install python"),
)
PYTHON_COMMANDS = (
    ("apt-get", "sudo apt install python3 python3-venv"),
    ("dnf", "sudo dnf install python3.12"),
    ("zypper", "sudo zypper install python312"),
    ("pacman", "sudo pacman -S python"),
    ("apk", "apk add python3 py3-pip"),
    ("brew", "brew install python"),
)


class Lacking(Exception):
    """What the machine lacks, in words for the person at the keyboard."""


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        print("usage: bootstrap.py run|test", file=sys.stderr)
        return 2
    kind = arguments[0]
    try:
        if sys.version_info < NEEDED:
            return start_again_with_newer(kind)
        prepare(kind)
    except Lacking as lacking:
        print(f"\n{lacking}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next start goes on from here.", file=sys.stderr)
        return 130
    return 0


# --- the interpreter ---------------------------------------------------------------------------------------------


def start_again_with_newer(kind):
    """Hand over to a newer Python on the PATH, unless the person named this one. Raises Lacking."""
    found = "{}.{}".format(*sys.version_info[:2])
    wanted = "Python {}.{} or newer is needed: found {} ({}).".format(*NEEDED, found, sys.executable)
    if os.environ.get("PYTHON"):
        named = os.environ["PYTHON"]
        raise Lacking(f"{wanted}\nIt was named by PYTHON={named}: name a newer one, or leave PYTHON out.")
    newer = find_newer()
    if newer is None:
        command = command_for(PYTHON_COMMANDS, "see https://www.python.org/downloads/")
        raise Lacking(
            f"{wanted}\nInstall one: {command}\n"
            "If that brings the same old Python, your system is older than Python 3.11: https://www.python.org/downloads/\n"
            "A Python that is not on the PATH can be named: make demo PYTHON=/path/to/python3.12"
        )
    sys.stdout.flush()
    return os.execv(newer, [newer, os.path.abspath(__file__), kind])


def find_newer():
    """The newest python3.x on the PATH that starts and is new enough (a shim may stand there and not start)."""
    check = f"import sys; sys.exit(sys.version_info < {NEEDED!r})"
    for minor in range(NEWEST_TRIED, NEEDED[1] - 1, -1):
        path = shutil.which(f"python3.{minor}")
        if path and succeeds([path, "-c", check]):
            return path
    return None


def check_parts():
    """Raises Lacking when this Python came without a part that .venv or the program needs."""
    for name in ("venv", "ensurepip"):
        if not can_import(name):
            # A distribution's own Python is served by python3-venv, another one beside it by its own package.
            system = os.path.realpath(sys.executable) == os.path.realpath("/usr/bin/python3")
            python = "python3" if system else "python{}.{}".format(*sys.version_info[:2])
            command = command_for(VENV_COMMANDS, "your system's package for Python's venv and pip")
            raise Lacking(
                f"{sys.executable} came without {name}, which makes the folder .venv.\n"
                f"Install it: {command.format(python=python)}"
            )
    for name, what in (("sqlite3", "the SQLite database"), ("ssl", "secure connections")):
        if not can_import(name):
            raise Lacking(
                f"{sys.executable} was built without {name} ({what}).\n"
                "Use another Python, for example your system's own: make demo PYTHON=/usr/bin/python3"
            )


def can_import(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True


def command_for(commands, otherwise):
    for program, command in commands:
        if shutil.which(program):
            return command.replace("sudo ", "") if os.geteuid() == 0 else command
    return otherwise


# --- .venv -------------------------------------------------------------------------------------------------------


def prepare(kind):
    """Raises Lacking. Does nothing when the stamp says that .venv fits the locks, pyproject.toml and this folder."""
    fits = any(read(stamp_path(able)) == stamp(able) for able in SATISFIED_BY[kind])
    if fits and os.path.exists(VENV_PYTHON) and not other_python_asked():
        return
    make_venv()
    for able in LOCKS:
        if os.path.exists(stamp_path(able)):
            os.remove(stamp_path(able))
    install(kind)
    with open(stamp_path(kind), "w") as file:
        file.write(stamp(kind))


def make_venv():
    if not is_sound():
        if os.path.lexists(VENV) and not is_ours():
            raise Lacking(
                "The folder .venv is there, but it was not made here, or not for this Python.\n"
                "Remove it and start again: rm -r .venv"
            )
        check_parts()
        say(f"Making .venv with {sys.executable} ({version_of(sys.version_info)}).")
        if not succeeds([sys.executable, "-m", "venv", "--clear", VENV], quiet=False):
            raise Lacking("The folder .venv could not be made: the lines above say why. Then: rm -r .venv, and again.")
        with open(os.path.join(VENV, "firstbell-folder"), "w") as file:
            file.write(ROOT)
    if not succeeds([VENV_PYTHON, "-m", "pip", "--version"]):
        say(".venv has no pip: adding it.")
        if not succeeds([VENV_PYTHON, "-m", "ensurepip", "--upgrade"], quiet=False):
            command = command_for(VENV_COMMANDS, "your system's package for Python's pip").format(python="python3")
            raise Lacking(
                ".venv has no pip, and this Python cannot add it.\n"
                f"Install it: {command}\nThen: rm -r .venv, start again."
            )


def is_sound():
    """Whether .venv starts, in the folder it was made in, with the Python that was asked for."""
    return (
        os.path.exists(VENV_PYTHON)
        and read(os.path.join(VENV, "firstbell-folder")) in (ROOT, None)
        and not other_python_asked()
        and succeeds([VENV_PYTHON, "-c", f"import sys; sys.exit(sys.version_info < {NEEDED!r})"])
    )


def is_ours():
    return os.path.exists(os.path.join(VENV, "firstbell-folder"))


def other_python_asked():
    """Whether PYTHON= names another version than the one that .venv was made with."""
    if not os.environ.get("PYTHON"):
        return False
    for line in (read(os.path.join(VENV, "pyvenv.cfg")) or "").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "version":
            return value.strip().split(".")[:2] != version_of(sys.version_info).split(".")[:2]
    return False


def install(kind):
    """Raises Lacking when pip fails."""
    lock = os.path.join(ROOT, LOCKS[kind])
    say(f"Installing what {LOCKS[kind]} names (the first time this takes a minute or two).")
    # Built with the locked setuptools, not with one that pip would fetch unlocked for the occasion.
    steps = (["--require-hashes", "-r", lock], ["--no-deps", "--no-build-isolation", "-e", ROOT])
    environment = dict(os.environ, PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    for step in steps:
        command = [VENV_PYTHON, "-m", "pip", "install", "--quiet", *step]
        if wait_for(command, environment) != 0:
            raise Lacking(
                "The packages could not be installed: the lines above say why.\n"
                "No internet? Name a mirror (PIP_INDEX_URL) or a folder of wheels (PIP_NO_INDEX=1 PIP_FIND_LINKS=…).\n"
                "A compiler is missing? This Python may be too new for a package: make demo PYTHON=python3.12"
            )


def wait_for(command, environment):
    """Runs it, and says now and then that it still does; what it returned."""
    running = subprocess.Popen(command, env=environment, cwd=ROOT)
    waited = 0
    try:
        while True:
            try:
                return running.wait(timeout=SAYS_EVERY)
            except subprocess.TimeoutExpired:
                waited += SAYS_EVERY
                say(f"  still installing, {waited} seconds so far ...")
    except BaseException:
        running.kill()
        raise


# --- the stamp ---------------------------------------------------------------------------------------------------


def stamp_path(kind):
    return os.path.join(VENV, f"firstbell-{kind}-ready")


def stamp(kind):
    """A digest of all that decides what stands in .venv. Its scripts name their folder, so the folder counts too."""
    digest = hashlib.sha256(ROOT.encode())
    for name in (LOCKS[kind], "pyproject.toml"):
        digest.update((read(os.path.join(ROOT, name)) or "").encode())
    return digest.hexdigest()


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None


def succeeds(command, quiet=True):
    nowhere = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.call(command, stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def version_of(info):
    return "{}.{}.{}".format(*info[:3])


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
