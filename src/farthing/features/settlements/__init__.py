"""Settlements: who of those who share a book has paid for what is shared, and who owes whom.

Promises: what all are owed and what all owe is the same, to the last minor unit; no more payments than members less one
even it out; once they are recorded, nobody owes anybody.
"""
