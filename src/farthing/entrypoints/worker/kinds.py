"""Every kind of job that a worker knows: a room that declares some is imported here."""

from __future__ import annotations

from farthing.core.jobs import KINDS
from farthing.features import models as _models  # noqa: F401 - what undoes any record knows all tables
from farthing.features.imports import jobs as _imports  # noqa: F401 - declares its kinds
from farthing.features.insights import jobs as _insights  # noqa: F401 - declares its kinds
from farthing.features.undo import jobs as _undo  # noqa: F401 - declares its kinds

__all__ = ["KINDS"]
