"""PDF files, tagged so that a screen reader can read them. Only the worker calls this: WeasyPrint is large, and needs
Pango from the system."""

from __future__ import annotations

from typing import Any

MEND = (
    "Install what it needs and start the worker again: apt install libpango-1.0-0 libpangoft2-1.0-0"
    " libharfbuzz-subset0, and pip install -r requirements-pdf.lock"
)
VARIANT = "pdf/ua-1"


class PdfMissing(RuntimeError):
    """This machine cannot make PDF files; the words say what is missing and the command that mends it."""


def make_pdf(page: str) -> bytes:
    """A page of HTML as a tagged PDF. It fetches nothing: a picture must be in the page. Raises PdfMissing."""
    weasyprint = _load()
    document = weasyprint.HTML(string=page, url_fetcher=_no_fetching, media_type="print")
    return bytes(document.write_pdf(pdf_variant=VARIANT))


def check() -> str:
    """The version that would make PDF files. Raises PdfMissing."""
    return str(_load().__version__)


def _load() -> Any:
    try:
        import weasyprint
    except ImportError as error:
        raise PdfMissing(f"WeasyPrint is not installed ({error}). {MEND}") from None
    except OSError as error:
        # It opens Pango at import; where that is missing, cffi says which file it looked for.
        raise PdfMissing(f"Pango is not on this machine ({str(error).splitlines()[0]}). {MEND}") from None
    return weasyprint


def _no_fetching(url: str, *_rest: Any, **_named: Any) -> dict[str, Any]:
    raise ValueError(f"{url}: a bundle fetches nothing")
