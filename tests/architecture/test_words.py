"""No file tells of the machine it was written on, or of how it was written."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, files, plant

# Other people's files, as they came.
AS_THEY_CAME = ("static/vendor/",)


def spelled(*parts: str) -> str:
    """The parts as one word. Patterns are spelled in parts so that this file does not find itself."""
    return "".join(parts)


# what it is, pattern, a text that it must find, a text that it must leave alone
WORDS = (
    (
        "a folder of one machine",
        r"(?<![\w.}>)])/(?:home|Users)/[a-z][\w.-]*/[\w.]",
        spelled("/ho", "me/alice/firstbell"),
        'href="/home/today"> /home/ HOME/alice/x',
    ),
    (
        "a folder of one machine",
        r"(?<![\w.}>)/])/(?:root|work)/[\w.]",
        spelled("cd /ro", "ot/project and /wo", "rk/main"),
        "webapp/foundation/work/queue.py, /work, {{ x }}/work/now",
    ),
    ("a folder of one machine", r"(?<![\w.])/opt/(?:pypi|wheels)", spelled("/op", "t/wheels"), "/opt/venvs/wheels"),
    ("a folder of one machine", r"[A-Z]:\\Users\\", spelled("C:\\Us", "ers\\alice"), "A:\\n"),
    (
        "the address of a package index",
        r"https?://[^\s\"'<>]*(?:/simple\b|pypi|pythonhosted|npmjs)"
        r"|--(?:(?:extra-)?index-url|find-links)[ =]+(?!https?://example\.)\S",
        spelled("https://py", "pi.org/simple/flask"),
        "PIP_INDEX_URL names a mirror; https://www.python.org/downloads/ and /simple",
    ),
    (
        "a word about how it was written",
        r"\b(?:" + "|".join((r"cla" r"ude", r"anth" r"ropic", r"chat" r"gpt", r"open" r"ai", r"copi" r"lot")) + r")\b",
        spelled("written with Cla", "ude"),
        "Claudette opens an airy copilotless page",
    ),
    (
        "a word about how it was written",
        r"\bL" r"LMs?\b|language" r" model|\b(?:AI|coding|sub)[ -]?agents?\b|\bsub" r"agent",
        spelled("asked an A", "I agent"),
        "User-Agent, user_agent, agents of the school, an all-model language",
    ),
    (
        "a word about how it was written",
        r"\b(?:this|my|another|other|earlier|previous) (?:work"
        r"ing )?ses"
        r"sion's\b|\bissues"
        r" show \d|\bCOMMON"
        r"\.md\b",
        spelled("see issues", " show 2"),
        "this session has 30 marks; the AM session's marks; issues shown",
    ),
    (
        "a file that is not in this project",
        r"shared/(?:DE" r"SIGN|refer" r"ence)",
        spelled("../shared/DE", "SIGN.md"),
        "shared/x",
    ),
)


def told(root: Path) -> list[str]:
    found = []
    for path in files(root):
        name = path.relative_to(root).as_posix()
        text = read_text(path)
        if name.startswith(AS_THEY_CAME) or text is None:
            continue
        for what, pattern, _, _ in WORDS:
            for match in re.finditer(pattern, text, re.IGNORECASE):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{name}:{line}: {what}: {match.group()}")
    return found


def read_text(path: Path) -> str | None:
    """None for pictures, fonts and other files that are not text."""
    data = path.read_bytes()
    if b"\0" in data[:8000]:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def test_no_file_tells_of_its_making():
    assert told(ROOT) == []


@pytest.mark.parametrize(("what", "pattern", "bad", "good"), WORDS)
def test_a_telling_word_is_caught(tmp_path: Path, what: str, pattern: str, bad: str, good: str):
    plant(tmp_path, {"docs/a.md": f"first line\n{bad}\n", "webapp/b.py": f"# {good}\n"})
    found = told(tmp_path)
    assert found
    assert all(item.startswith(f"docs/a.md:2: {what}") for item in found)


def test_pictures_and_other_peoples_files_are_left_alone(tmp_path: Path):
    word = spelled("/ho", "me/alice/firstbell")
    plant(tmp_path, {"static/vendor/idb.js": word, ".venv/bin/tool": word, "docs/picture.png": f"\0{word}"})
    assert told(tmp_path) == []
