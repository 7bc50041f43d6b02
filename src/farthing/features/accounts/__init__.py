"""Accounts: the places money can be, and the reasons it comes and goes.

Promises: a full name is unique in its book, whatever its case; a bank-like account is kept in one currency, and a
currency that has been used never changes; only an empty account can be closed; the accounts the service itself books to
are always there.
"""
