"""All that can go wrong with jobs, whatever they do."""

from __future__ import annotations

from farthing.kit.faults import Busy, Conflict, Fault, NotFound


class JobNotFound(NotFound):
    """The book has no such job."""

    code = "job_not_found"
    message = "The book has no such job, or it is over and forgotten."


class JobsTooMany(Busy):
    """As many jobs of the book wait as may."""

    code = "jobs_too_many"
    message = "Many jobs of this book are waiting; try again when some are done."
    retry_after_seconds = 30


class JobOver(Conflict):
    """The job is over: it can't be cancelled."""

    code = "job_over"
    message = "The job is {state}; there is nothing to cancel."
    sample = {"state": "succeeded"}


class JobNotFailed(Conflict):
    """The job hasn't failed: it can't be tried again."""

    code = "job_not_failed"
    message = "The job is {state}; only one that has failed is tried again."
    sample = {"state": "succeeded"}


class JobDefective(Fault):
    """The job met a bug."""

    code = "internal_error"
    message = "Something went wrong on our side, and was written to the log."


class JobTimedOut(Fault):
    """The job took longer than it may."""

    code = "job_timed_out"
    message = "The job took longer than it may."


class JobWorkersLost(Fault):
    """The workers that did the job died, each time."""

    code = "job_workers_lost"
    message = "The program ended in the middle of the job, several times; it isn't tried again by itself."


class JobKindGone(Fault):
    """This version of the program doesn't read what the job was asked for with."""

    code = "job_arguments_outdated"
    message = "The job was asked for in another version of the program, and isn't understood any more; ask again."


class JobFailed(Conflict):
    """The job that a command waited for came to nothing."""

    code = "job_failed"
    message = "{why}"
    sample = {"why": "The book is locked until 2025-12-31: nothing dated on that day or earlier can change."}
