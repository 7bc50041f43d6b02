"""Books: the unit and the wall. A book has members, a currency, and one order of events.

Promises: a book always has an owner; only an owner makes or unmakes owners; nobody becomes a member but by founding a
book or accepting an invitation; who leaves or is removed is a stranger at once; whoever isn't a member can't tell the
book from one that doesn't exist.
"""
