"""Transfers between books: money that leaves one book and comes into another, as a linked pair.

Promises: both sides are written, or neither; neither can be changed alone; who may see one book only sees one side.
"""
