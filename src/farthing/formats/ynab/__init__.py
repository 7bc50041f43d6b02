"""YNAB: the register that it exports as CSV, and the budgets and transactions that its API answers with.

In both, money that goes to another account of the person's is a transfer; only the API says which two belong together.
"""

from farthing.formats.ynab.reader import read, recognises

__all__ = ["read", "recognises"]
