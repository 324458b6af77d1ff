"""gunicorn's own log, in our lines: it may repeat addresses and headers of requests, and those hold tokens."""

from __future__ import annotations

import sys
from typing import Any

from gunicorn.glogging import Logger

from webapp.foundation import config, logs


class QuietLogger(Logger):
    """Says that something happened and where in the code, never what was asked for. There is no access log: the
    service writes a line a request itself (``webapp.factory.requests``), and none is written if gunicorn is told to."""

    def setup(self, cfg: Any) -> None:
        """Called at the start and at each reload."""
        settings = config.load()
        logs.configure(settings.log_level, settings.log_format)
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.handlers[:] = []
        self.access_log.handlers[:] = []
        self.error_log.propagate = True
        self.access_log.disabled = True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """What gunicorn says of a request that it could not read repeats a part of it; only the kind is kept."""
        said = str(msg)
        if said.startswith("Invalid request"):
            error = sys.exc_info()[1]
            said, args = f"a request could not be read ({type(error).__name__})", ()
        super().warning(said, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """The address of the request is left out, and the words of the exception are by the formatter."""
        said = str(msg) if isinstance(msg, str) and "%" not in msg else "a request was not answered"
        super().exception(said, **kwargs)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Nothing: see the class."""
