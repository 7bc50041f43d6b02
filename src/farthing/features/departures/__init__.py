"""Departures: people and books that leave for good, and all that is held of a person, to take along.

Promises: nothing of a deleted book is left; of a deleted person an id is left, so that logs of books stay whole.
"""
