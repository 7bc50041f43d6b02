"""Tags: words that people put on transactions, across accounts and categories.

Promises: a name is one tag, whatever its case; a transaction bears a tag once; a tag that transactions bear isn't
deleted unless it is taken off them, in the same change.
"""
