"""Readings of sensors, and what became of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

NOON = dt.datetime(2025, 5, 30, 12)


def at(seconds: float) -> dt.datetime:
    """Return a moment after noon."""
    return NOON + dt.timedelta(seconds=seconds)


def readings(*pairs: tuple[float, Any]) -> list[dict[str, Any]]:
    """Return readings at some seconds after noon."""
    return [{"timestamp": at(seconds), "value": value} for seconds, value in pairs]


def counts(told: Any) -> tuple[int, int, int]:
    """Return what became of readings."""
    return told.inserted, told.updated, told.unchanged
