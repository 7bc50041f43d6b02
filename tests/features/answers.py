"""What answers are held to: problems in their one shape, records in theirs."""

from __future__ import annotations

from typing import Any

import httpx2

from farthing.core.problems import MEDIA_TYPE, TYPE_PREFIX

FIELDS = {"type", "title", "status", "detail", "code", "errors", "request_id"}
OAUTH_FIELDS = {"error", "error_description"}


def refused(
    answer: httpx2.Response,
    status: int,
    code: str,
    *,
    pointer: str | None = None,
    parameter: str | None = None,
    blamed: str | None = None,
    carried: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Hold a refusal to its status, its code and its shape; ``blamed`` is the code of the one field to blame.

    ``carried`` are the members that this refusal has beside those that all have.
    """
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    read: dict[str, Any] = answer.json()
    assert read.keys() - OAUTH_FIELDS == FIELDS | carried
    assert read["type"] == TYPE_PREFIX + code
    assert read["status"] == status
    assert read["request_id"] == answer.headers["x-request-id"]
    assert read["title"]
    assert read["detail"]
    for blame in read["errors"]:
        assert {"code", "detail"} <= blame.keys()
        assert len(blame.keys() & {"pointer", "parameter", "line"}) <= 1
    if pointer is not None:
        assert pointer in [blame.get("pointer") for blame in read["errors"]], answer.text
    if parameter is not None:
        assert parameter in [blame.get("parameter") for blame in read["errors"]], answer.text
    if blamed is not None:
        assert blamed in [blame["code"] for blame in read["errors"]], answer.text
    return read


def granted(answer: httpx2.Response, status: int = 200) -> Any:
    """What an answer says, which must be a good one."""
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None
