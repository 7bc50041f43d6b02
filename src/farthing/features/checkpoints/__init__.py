"""Checkpoints: what accounts are stated to have held, and reconciling them with the bank's statements.

Promises: a checkpoint always says whether its account held what is stated, and by how much it didn't; what breaks one
is refused or told, as the book has it; a reconciliation ends exactly at the statement's balance, or nothing is done.

That a checkpoint says the truth is the journal's to see to, through which all postings are written.
"""
