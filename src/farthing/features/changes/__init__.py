"""Changes: the book's log as its members read it: what was done, by whom, and what records were before.

Promises: revisions come without gaps, in order; a client that follows the feed misses nothing.
"""
