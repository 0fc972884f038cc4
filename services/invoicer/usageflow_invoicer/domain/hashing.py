"""Hashes of invoices: SHA-256 over RFC 8785 canonical JSON.

An invoice's document contains the hash of the invoice before it (64 zeros for an organization's first one), so the hashes form a
chain: whoever changes, removes or inserts an invoice changes every hash behind it. The block that names the customer can be erased:
the document holds only SHA-256(salt ‖ canonical JSON of the block), and the block lies in a row of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import rfc8785

GENESIS_HASH: Final = "0" * 64


def document_hash(document: Mapping[str, Any]) -> str:
    """Hex of SHA-256 over the canonical JSON. Raises rfc8785.IntegerDomainError for an integer beyond ±(2^53 − 1)."""
    return hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()


def salted_hash(salt: bytes, block: Mapping[str, Any]) -> str:
    """Hex of SHA-256 over the salt and the block's canonical JSON."""
    return hashlib.sha256(salt + rfc8785.dumps(dict(block))).hexdigest()
