"""Starters: what a new person and a new book begin with.

A room of its own above ``books`` and ``accounts``, because to found a book is to furnish it too.

Promises: a person who registers has a book they can write to at once; the first person runs the instance.
"""
