"""Structured logs: constant event strings plus fields, one JSON object a line."""

from __future__ import annotations

import structlog


def configure(service: str, level: str = "INFO") -> None:
    """Set up structlog and the standard library's loggers; called once by a composition root."""
    raise NotImplementedError


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger."""
    raise NotImplementedError
