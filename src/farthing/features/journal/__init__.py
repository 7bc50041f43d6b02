"""The journal: transactions and their postings as they are written down, and what they add up to.

The one place that writes postings: what a person records, what an opening balance needs and what an import brings all
come through here, so that no rule differs by the way in.

Promises: per currency, the postings of a transaction sum to zero, and PostgreSQL refuses anything else; a transaction
is written, rewritten and struck whole; what it was before stays in the history. On a day that an account was valued
for, its balance is that worth, whatever is written before or after.
"""
