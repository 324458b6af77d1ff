"""Commands that run the service: the web process and the worker."""

from __future__ import annotations

import os
import sys

import click

from webapp.cli.settings import open_database


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--processes", type=click.IntRange(1), default=None,
    help="Web processes. [default: one a core with PostgreSQL; with SQLite one, which takes a third less memory]",
)
@click.option("--threads", default=2, show_default=True, help="Threads in each.")
def serve(host: str, port: int, processes: int | None, threads: int) -> None:
    """Run the web service under gunicorn. In production a buffering proxy stands before it."""
    with open_database() as (_, database):
        processes = processes or (1 if database.is_sqlite else os.cpu_count() or 1)
    # Loaded before the fork the application is shared; one process alone would only hold it twice.
    preload = ["--preload"] if processes > 1 else []
    os.execv(  # noqa: S606 - our own arguments
        sys.executable,
        [
            sys.executable, "-m", "gunicorn", "--config", "python:webapp.factory.web_worker",
            "--worker-class", "webapp.factory.web_worker.EvenWorker", "--workers", str(processes),
            "--threads", str(threads), "--bind", f"{host}:{port}",
            "--graceful-timeout", "20", "--max-requests", "20000", "--max-requests-jitter", "2000",
            "--no-control-socket", *preload, "webapp.wsgi:app",
        ],
    )  # fmt: skip


@click.command()
def worker() -> None:
    """Send what waits and do what is due, until stopped. Run one with SQLite, as many as needed with PostgreSQL."""
    with open_database():
        pass
    # A process of its own, without what the command line has loaded: the worker stays for weeks.
    os.execv(sys.executable, [sys.executable, "-m", "webapp.worker"])  # noqa: S606 - our own arguments
