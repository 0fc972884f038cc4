"""Render a document: the same document, the same bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

_HERE: Final = Path(__file__).parent
_TEMPLATE: Final = _HERE / "invoice.typ"
_FONTS: Final = _HERE / "fonts"


async def render(document: Mapping[str, Any], at: datetime) -> bytes:
    """PDF/A of a document as `documents.py` makes it; `at` is the date that stands in its metadata. Takes tens of milliseconds of a core.

    A name in a script that the shipped font does not have is set in the machine's own fonts, and the file is then plain PDF.
    """
    return await asyncio.to_thread(_render, document, at)


def _render(document: Mapping[str, Any], at: datetime) -> bytes:
    options: dict[str, Any] = {
        "root": str(_HERE),
        "font_paths": [str(_FONTS)],
        "format": "pdf",
        "sys_inputs": {"document": json.dumps(document, ensure_ascii=False)},
        "timestamp": int(at.timestamp()),
    }
    try:
        rendered: bytes = typst.compile(str(_TEMPLATE), pdf_standards="a-2b", ignore_system_fonts=True, **options)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        rendered = typst.compile(str(_TEMPLATE), ignore_system_fonts=False, **options)
    return rendered
