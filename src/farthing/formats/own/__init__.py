"""Farthing's own table of transactions: written as CSV, TSV or XLSX, and read back with nothing lost.

Promises: ``read(write(x)) == x``; no cell is a formula to any program that opens the file.
"""
