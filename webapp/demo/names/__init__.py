"""Names of an English city, by background, with their accents."""

from __future__ import annotations

from webapp.demo.names.african_caribbean import AFRICAN_CARIBBEAN
from webapp.demo.names.british import BRITISH
from webapp.demo.names.elsewhere import ELSEWHERE
from webapp.demo.names.european import EUROPEAN
from webapp.demo.names.shapes import Background, Faith
from webapp.demo.names.south_asian import SOUTH_ASIAN

BACKGROUNDS: tuple[Background, ...] = (*BRITISH, *SOUTH_ASIAN, *AFRICAN_CARIBBEAN, *EUROPEAN, *ELSEWHERE)

__all__ = ["BACKGROUNDS", "Background", "Faith"]
