"""All that can go wrong with undoing."""

from __future__ import annotations

from farthing.kit.faults import Conflict


class ChangeNotUndoable(Conflict):
    """The change touched what undo doesn't: the book itself, or who is a member."""

    code = "change_not_undoable"
    message = "A change to {what} can't be undone; change it again instead."
    sample = {"what": "member"}


class ChangeSuperseded(Conflict):
    """What was done since stands in the way."""

    code = "change_superseded"
    message = "What was done since stands in the way: {what}. Undo that first."
    sample = {"what": "transaction 019aad3e-7a10-7cc3-98c4-dc0c0c07398f was changed at revision 42"}
