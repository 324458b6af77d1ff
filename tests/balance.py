"""Which file of tests goes to which of the two workers: the heaviest first, so that both end together.

xdist by itself begins with the files of most tests; those of few and long tests, the browser's, ran last, on one
worker, while the other had nothing to do.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

BROWSER = "tests/browser"
"""One worker runs all of it, so that there is one Chromium and one demo; it is never half of a run."""
A_TEST = 0.06
"""Seconds that a test takes which is in no file of the table."""
SECONDS = {
    BROWSER: 240, "tests/access/test_role_walk.py": 90, "tests/blueprints/staff/test_bad_input.py": 60,
    "tests/oracles/test_morning.py": 45, "tests/architecture/test_static_checks.py": 40,
    "tests/factory/test_web_worker.py": 25, "tests/oracles/test_rights.py": 20, "tests/demo/test_seeding.py": 20,
}  # fmt: skip
"""Seconds that a file takes whose tests are far from ``A_TEST`` each, roughly: only their order counts."""


def scope_of(nodeid: str) -> str:
    """What runs on one worker in one go: a file, or all of the browser's."""
    return BROWSER if nodeid.startswith(f"{BROWSER}/") else nodeid.split("::", 1)[0]


def weight(scope: str, tests: int) -> float:
    return SECONDS.get(scope, A_TEST * tests)


class HeaviestFirst(LoadFileScheduling):
    """Whole files, and of those that wait always the longest."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        heaviest = max(self.workqueue, key=lambda scope: weight(scope, len(self.workqueue[scope])))
        self.workqueue.move_to_end(heaviest, last=False)
        super()._assign_work_unit(node)
