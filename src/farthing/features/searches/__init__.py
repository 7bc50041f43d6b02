"""Saved searches: filters of the list of transactions that members keep under a name.

Promises: what is saved can be read, and names accounts that the book has; a name is given once.
"""
