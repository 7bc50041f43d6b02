"""Statements: what banks said, line by line, kept for ever, unless the import itself is undone.

Promises: a line that was booked once is recognised for ever, also after its transaction was edited or deleted, so that
importing again neither doubles nor brings back; two different lines are never taken for one.
"""
