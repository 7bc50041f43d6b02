"""Insights: what a book's past tells. Payments that recur, what is unusual, what is to be expected.

Promises: whatever is told names the transactions that prove it, and the revision that it was worked out from; what was
dismissed isn't told again; nothing here takes a revision, or leaves the machine.
"""
