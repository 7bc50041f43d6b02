"""Matches: two transactions that are one. The two sides of a transfer, or what a person recorded and the bank posted.

Promises: a proposal is only a proposal, and says why; what was turned down isn't proposed again; a merge is one change,
loses no amount and leaves every line of a bank's statement with the posting that it became.
"""
