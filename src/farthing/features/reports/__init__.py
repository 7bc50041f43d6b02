"""Reports: what the books add up to.

Promises: every currency of a trial balance sums to zero; a report's figures are those of the postings.
"""
