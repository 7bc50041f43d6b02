"""Departures have no tables: they are what empties those of all rooms, by functions of PostgreSQL."""

from __future__ import annotations

from farthing.core.schema import with_sql
from farthing.features.books.models import Member

with_sql(Member, __file__, "leaving.sql")
