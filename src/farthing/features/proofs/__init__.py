"""Proofs: that the books are what they promise, whoever wrote into the database.

Promises: what is proven is one state of all books; nothing is changed; a finding names the book and the record and says
why, and never repeats an amount or a word that a person wrote.
"""
