"""Personal access tokens: what people hand to programs, which so need no password, and no more rights than it takes.

Promises: a token is kept only as a digest; it does no more than its scopes, in no other books than it was made for, and
never more than its owner may at that moment; it ends within a year, and at once when it is revoked; no token makes
another, or touches sign-ins, passwords or who shares a book.
"""
