"""Links: which money that came back belongs to which that was spent, line by line.

Promises: a link joins a line that was spent with one that came back, of another transaction and in the same currency;
the links of a line never add up to more than the line; a line doesn't go, shrink or turn round under its links.
"""
