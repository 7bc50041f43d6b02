"""Payees: who money goes to and comes from.

Promises: a payee goes by one name and up to fifty aliases, and none of these is another's, whatever the case; whoever a
transaction names is found by any of them, or made; a payee that transactions name isn't deleted, but merged.
"""
