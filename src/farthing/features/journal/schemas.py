"""What every operation that writes to the journal takes on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

OverrideLock = Annotated[
    bool, Field(description="Do it in the locked period too. Needs `books:write`, and the change log says so.")
]
OverrideCheckpoints = Annotated[
    bool,
    Field(
        description=(
            "Do it also where a checkpoint breaks by it: it is marked, and the change log says so. Needs "
            "`checkpoints:write`."
        )
    ),
]
