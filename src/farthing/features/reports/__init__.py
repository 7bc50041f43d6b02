"""Reports: what the books add up to.

Promises: every currency of a trial balance sums to zero; a report's figures are those of the postings, and lead to the
transactions that make them; a file of a report says what its answer says.
"""
