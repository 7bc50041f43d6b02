"""Invitations: how people come to share a book.

Promises: nobody shares a book who didn't accept it; an invitation is good for one person, once, and for thirty days at
most; one to an address is that person's alone; what it gives is no more than whoever wrote it may give on the day it is
accepted; an invitation that is another's, withdrawn, out of date or void can't be told from one that never was. A token
is kept only as a digest.
"""
