"""Hashes of invoices: SHA-256 over RFC 8785 canonical JSON.

An invoice's document contains the hash of the invoice before it (64 zeros for an organization's first one), so the hashes form a
chain: whoever changes, removes or inserts an invoice changes every hash behind it. The block that names the customer can be erased:
the document holds only SHA-256(salt ‖ canonical JSON of the block), and the block lies in a row of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import rfc8785

GENESIS_HASH: Final = "0" * 64

_sorted_json: Final = msgspec.json.Encoder(order="sorted").encode

# Where the two encoders may differ: integers that RFC 8785 refuses, and characters beyond the BMP, by which it sorts otherwise.
_LONG_INTEGER: Final = re.compile(rb"[:,\[]-?[0-9]{16}")
_DIGITS: Final = bytes(ord("0") if chr(byte).isascii() and chr(byte).isdigit() else ord(" ") for byte in range(256))
_SIXTEEN_DIGITS: Final = b"0" * 16
_BEYOND_BMP: Final = re.compile(rb"[\xf0-\xf4]")


def document_hash(document: Mapping[str, Any]) -> str:
    """Hex of SHA-256 over the canonical JSON. Raises rfc8785.IntegerDomainError for an integer beyond ±(2^53 − 1)."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def salted_hash(salt: bytes, block: Mapping[str, Any]) -> str:
    """Hex of SHA-256 over the salt and the block's canonical JSON."""
    return hashlib.sha256(salt + canonical_json(block)).hexdigest()


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """RFC 8785 of a document of texts, integers, flags, nulls, lists and mappings (no floats), thirty times as fast as its library."""
    quick = _sorted_json(document)
    return rfc8785.dumps(dict(document)) if _is_rare(quick) else quick


def _is_rare(quick: bytes) -> bool:
    """A pattern tried at every byte would take as long as the encoding: it is asked only where there are so many digits in a row."""
    if not quick.isascii() and _BEYOND_BMP.search(quick):
        return True
    return _SIXTEEN_DIGITS in quick.translate(_DIGITS) and _LONG_INTEGER.search(quick) is not None
