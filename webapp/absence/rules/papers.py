"""Photos and papers that a family adds: what a file really is, and the picture anew without what it tells of the phone.

The type is read from the content, never from the name. Pictures are written again, turned the right way up and without
any of their metadata, so that no place or time of a home leaves with them.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused

MOST_FILES = 5
MOST_BYTES = 10 * 1024 * 1024
LONGEST_SIDE = 2400
MOST_PIXELS = 60_000_000
_LONGEST_NAME = 120
_QUALITY = 82
_READABLE = ("JPEG", "PNG", "WEBP")
SHOWN_INLINE = frozenset({"image/jpeg", "image/png", "image/webp"})
"""What a browser may show by itself: pictures, which were written anew here. All else is given to be kept."""
# The kinds of picture that an iPhone keeps, by the brand in their first bytes (ISO/IEC 23008-12).
_HEIC = re.compile(rb"^.{4}ftyp(?:hei[cfmsx]|hev[cmsx]|mif1|msf1|avif|avis)", re.DOTALL)


class PaperRefused(Refused):
    """A file that cannot be taken; the field is "file"."""

    def __init__(self, mend: str) -> None:
        super().__init__("file", mend)


@dataclass(frozen=True, slots=True)
class Paper:
    """A file fit to keep: its bytes, what they are, and the name that it is shown under."""

    data: bytes
    content_type: str
    name: str


def prepare_paper(data: bytes, name: str) -> Paper:
    """The file as it may be kept. Slow for pictures: never inside a unit of work. Raises PaperRefused."""
    shown = _shown_name(name)
    if len(data) > MOST_BYTES:
        raise PaperRefused(f"{shown} is too big. Choose one under 10 MB")
    if not data:
        raise PaperRefused(f"{shown} is empty. Choose another file")
    if data[:1024].lstrip()[:5] == b"%PDF-" or shown.lower().endswith(".pdf"):
        return _pdf(data, shown)
    if _HEIC.match(data):
        raise PaperRefused(f"{shown} cannot be read here. Choose a JPG, PNG or PDF")
    return _picture(data, shown)


def _pdf(data: bytes, shown: str) -> Paper:
    """A PDF begins with its version and ends with its trailer (ISO 32000-1, 7.5)."""
    if re.match(rb"\s*%PDF-[12]\.\d", data) is None or b"%%EOF" not in data[-1024:] or b"startxref" not in data[-2048:]:
        raise PaperRefused(f"{shown} is not a PDF that can be read. Choose a JPG, PNG or PDF")
    return Paper(data, "application/pdf", _with_ending(shown, "pdf"))


def _picture(data: bytes, shown: str) -> Paper:
    refusal = PaperRefused(f"{shown} is not a photo that can be read. Choose a JPG, PNG or PDF")
    try:
        with Image.open(io.BytesIO(data), formats=_READABLE) as found:
            if found.width * found.height > MOST_PIXELS:
                raise PaperRefused(f"{shown} has too many dots to be read. Choose a smaller photo")
            found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _written_anew(upright, shown)
    except PaperRefused:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise refusal from None


def _written_anew(picture: Image.Image, shown: str) -> Paper:
    clear = "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA")
    plain = picture.convert("RGBA" if clear else "RGB")
    # Only the dots are copied: whatever the file carried beside them stays behind.
    bare = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    out = io.BytesIO()
    if clear:
        bare.save(out, "WEBP", quality=_QUALITY)
        return Paper(out.getvalue(), "image/webp", _with_ending(shown, "webp"))
    bare.save(out, "JPEG", quality=_QUALITY)
    return Paper(out.getvalue(), "image/jpeg", _with_ending(shown, "jpg"))


def _shown_name(name: str) -> str:
    """The last part of the name, fit for a page and a header."""
    last = re.split(r"[/\\]", clean_line(name[-400:], 400, "file"))[-1].strip(" .")
    return last[-_LONGEST_NAME:].strip() or "The file"


def _with_ending(shown: str, ending: str) -> str:
    stem = shown.rsplit(".", 1)[0] if "." in shown else shown
    return f"{'file' if stem == 'The file' else stem}.{ending}"
