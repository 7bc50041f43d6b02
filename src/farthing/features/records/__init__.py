"""Records: all that a book holds, whatever its kind: to be followed, compared, and put back as it was.

Promises: what is told of a record is all of it; who applies what the feed tells holds what the book holds; two books
with the same digest hold the same.
"""
