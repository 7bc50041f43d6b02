"""Chance, asked in one place: what must not happen in step with others."""

from __future__ import annotations

import secrets

_DICE = secrets.SystemRandom()


def between(least: float, most: float) -> float:
    """Any number from ``least`` to ``most``, each as likely."""
    return _DICE.uniform(least, most)


def about(number: float) -> float:
    """A number that is up to a fifth more or less."""
    return between(number * 0.8, number * 1.2)
