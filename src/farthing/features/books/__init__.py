"""Books: the unit and the wall. A book has members, a currency, and one order of events.

Promises: a book always has an owner; only an owner makes or unmakes owners; whoever isn't a member can't tell the book
from one that doesn't exist.
"""
