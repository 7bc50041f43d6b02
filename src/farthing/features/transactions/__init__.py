"""Transactions: what people record: one line for most of life, full postings for the rest.

Promises: one line and full postings make the same thing; what isn't balanced is refused, with the excess named; what
was recorded twice under one id or key is there once.
"""
