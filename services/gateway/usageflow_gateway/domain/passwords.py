"""Which passwords are taken: long enough, and none that would be guessed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # it ships no types

LENGTH_MIN: Final = 12
LENGTH_MAX: Final = 128
_SCORE_MIN: Final = 3
_OWN_MIN: Final = 8
"""Characters that are left when what everybody knows is taken out."""

_APART: Final = re.compile(r"\W")
_WORDS: Final = re.compile(r"\w{3,}")
_JUDGED_MAX: Final = 72
"""Guessing time grows with every character; what is longer than this is not judged to its end."""


def weakness_of(password: str, about: Sequence[str]) -> str | None:
    """Why a password is not taken; None when it is. `about`: what everybody knows of its owner."""
    if len(password) < LENGTH_MIN:
        return f"At least {LENGTH_MIN} characters"
    words = sorted((word for part in about for word in _WORDS.findall(part.lower())), key=len, reverse=True)
    rest = password.lower()
    for word in words:
        rest = rest.replace(word, "")
    if len(_APART.sub("", rest)) < _OWN_MIN:
        return "It is made of what everybody knows of you"
    found = zxcvbn(password[:_JUDGED_MAX], user_inputs=[*about, *words])
    if found["score"] >= _SCORE_MIN:
        return None
    warning: str = found["feedback"]["warning"]
    return warning or "It would be guessed easily"
