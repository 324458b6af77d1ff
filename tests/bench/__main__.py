"""``python -m tests.bench``: measure, print the table of DESIGN §7, write ``build/bench.json``."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
import traceback
from pathlib import Path

from tests.bench import machine, rows
from tests.bench.data import Store
from tests.bench.env import Env
from tests.bench.table import ENGINES, TITLES, Row, as_json, printed
from tests.databases import postgres_url
from webapp.foundation import db as doors

ROOT = Path(__file__).resolve().parents[2]


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--schools", type=int, default=50, help="schools of 1,500 pupils with a year of marks (50)")
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="both", help="which database to measure (both)")
    parser.add_argument("--only", default="", help="a module of tests/bench/rows, or several with commas between")
    parser.add_argument(
        "--fresh", action="store_true", help="make the data anew, though it is there from an earlier run"
    )
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "build", help="where SQLite files and bench.json go (build)"
    )
    options = parser.parse_args(arguments)
    if options.schools < 1:
        parser.error("--schools must be at least 1")
    return options


def main(arguments: list[str]) -> int:
    """Measure on each engine; 0 when every budget holds, 1 when one is missed."""
    options = _options(arguments)
    server = postgres_url()
    about = machine.describe(server)
    print(machine.in_words(about), flush=True)
    chosen = ENGINES if options.engine == "both" else (options.engine,)
    by_engine: dict[str, list[Row]] = {}
    for engine in chosen:
        if engine == "postgresql" and server is None:
            continue
        by_engine[engine] = _measure(Store(engine, options.folder / "bench", server), options)
    print(printed(by_engine))
    if "postgresql" in chosen and server is None:
        print("PostgreSQL NOT MEASURED: no server answers")
    options.folder.mkdir(parents=True, exist_ok=True)
    result = {"machine": about, "schools": options.schools, "rows": as_json(by_engine)}
    (options.folder / "bench.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0 if all(row.holds is not False for found in by_engine.values() for row in found) else 1


def _measure(store: Store, options: argparse.Namespace) -> list[Row]:
    start = time.perf_counter()
    name = "firstbell_bench" if options.schools == 50 else f"firstbell_bench_{options.schools}"
    trust = store.trust(name, options.schools, fresh=options.fresh)
    doors.use(trust.database)
    env = Env(store, options.schools, options.fresh, trust)
    wanted = [each for each in options.only.split(",") if each]
    found: list[Row] = []
    try:
        for module in sorted(each.name for each in pkgutil.iter_modules(rows.__path__)):
            if wanted and module not in wanted:
                continue
            began = time.perf_counter()
            # Some modules use databases of their own.
            doors.use(trust.database)
            try:
                found += importlib.import_module(f"{rows.__name__}.{module}").measure(env)
            except Exception:
                # One module's fault takes no other's figures; it stands in the table as a budget that does not hold.
                traceback.print_exc()
                found.append(Row(f"{module}: could not be measured", "-", "FAILED", False, {}))
            print(f"  {TITLES[store.engine]}: {module} in {time.perf_counter() - began:.0f} s", flush=True)
    finally:
        env.close()
        doors.use(None)
    print(f"  {TITLES[store.engine]}: all in {time.perf_counter() - start:.0f} s", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
