"""Every kind of job that a worker knows. A room that declares some is imported here."""

from __future__ import annotations

from farthing.core.jobs import KINDS, JobKind

__all__ = ["KINDS", "JobKind"]
