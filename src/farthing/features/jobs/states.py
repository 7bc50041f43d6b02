"""States of jobs."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    """It waits: for a worker, or to be tried again."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """It is not tried again unless someone asks for that: a dead letter."""
    CANCELLED = "cancelled"


OPEN = (JobState.QUEUED, JobState.RUNNING)
"""States from which a job still gets somewhere."""
