"""Permissions: the one table that says what each role in a book may do.

A route names the word it needs; personal access tokens carry the same words as scopes; the documentation and the tests
are made from this table. A word that no route needs, or a route that needs a word that isn't here, stops the program at
start.
"""

from __future__ import annotations

from enum import StrEnum

from farthing.kit.faults import Forbidden


class Role(StrEnum):
    """What a member is to a book."""

    OBSERVER = "observer"
    """Sees reports and balances only."""
    VIEWER = "viewer"
    """Sees everything."""
    ACCOUNTANT = "accountant"
    """Sees everything; reconciles accounts, says what they are stated to hold, undoes that, and locks the book."""
    EDITOR = "editor"
    """Keeps the books."""
    ADMIN = "admin"
    """Keeps the books, their settings and their members."""
    OWNER = "owner"
    """An admin who can make and unmake owners, and delete the book."""


_OBSERVER = frozenset({"books:read", "currencies:read", "membership:write", "prices:read", "reports:read"})
_VIEWER = _OBSERVER | {
    "accounts:read",
    "attachments:read",
    "changes:read",
    "checkpoints:read",
    "exports:read",
    "imports:read",
    "insights:read",
    "jobs:read",
    "jobs:write",
    "members:read",
    "payees:read",
    "settlements:read",
    "tags:read",
    "transactions:read",
}
_ACCOUNTANT = _VIEWER | {"changes:write", "checkpoints:write", "insights:write", "locks:write"}
_EDITOR = _ACCOUNTANT | {
    "accounts:write",
    "attachments:write",
    "currencies:write",
    "imports:write",
    "payees:write",
    "prices:write",
    "settlements:write",
    "tags:write",
    "transactions:write",
}
_ADMIN = _EDITOR | {"books:write", "members:write"}

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.OBSERVER: _OBSERVER,
    Role.VIEWER: _VIEWER,
    Role.ACCOUNTANT: _ACCOUNTANT,
    Role.EDITOR: _EDITOR,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _ADMIN | {"owners:write"},
}

IN_BOOK = PERMISSIONS[Role.OWNER]
"""Every word that speaks of a book."""
SIGNED_IN = "me"
"""What a route needs that any signed-in person may use."""
OPERATOR = "operator"
"""What a route needs that whoever runs the instance may use, signed in."""
ANYONE = "anyone"
"""What a route needs that asks for no sign-in."""


FOR_PEOPLE = frozenset({"members:write", "membership:write", "owners:write"})
"""Words that no personal access token carries. Who shares a book is for people: whoever adds a member gives away what
outlives the token."""
SCOPES = IN_BOOK - FOR_PEOPLE
"""The words that a personal access token may carry."""
SCOPE_SETS: dict[str, frozenset[str]] = {
    "read": frozenset(word for word in SCOPES if word.endswith(":read")),
    "reports": frozenset(word for word in _OBSERVER if word.endswith(":read")),
}
"""Names for many scopes at once: everything that reads; reports and balances only."""


class PermissionMissing(Forbidden):
    """The member's role doesn't include what the operation needs."""

    code = "permission_missing"
    message = "This needs the permission {permission}, which the role {role} doesn't include."
    sample = {"permission": "transactions:write", "role": "viewer"}


class ScopeMissing(PermissionMissing):
    """The personal access token doesn't carry what the operation needs."""

    code = "scope_missing"
    message = "This needs the scope {permission}, which this personal access token doesn't carry."
    sample = {"permission": "transactions:write"}


class SignInNeeded(PermissionMissing):
    """No personal access token does this."""

    code = "sign_in_needed"
    message = "This is for people who signed in: no personal access token does it."


class OperatorOnly(Forbidden):
    """Only whoever runs the instance may do that."""

    code = "operator_only"
    message = "Only an operator may do that: someone who runs this instance."


def allow(role: Role, permission: str, scopes: frozenset[str] | None = None) -> None:
    """Let the role through, or raise.

    Args:
        role: what the member is to the book.
        permission: the word.
        scopes: what the token that they came by carries; None: they came by themselves.

    Raises:
        ScopeMissing: the token doesn't carry the permission.
        SignInNeeded: no token does.
        PermissionMissing: the role doesn't include the permission.
    """
    if scopes is not None and permission not in scopes:
        raise ScopeMissing(permission=permission) if permission in SCOPES else SignInNeeded
    if permission not in PERMISSIONS[role]:
        raise PermissionMissing(permission=permission, role=role.value)
