"""Outputs: a report as a table, a chart or a document, made of its answer in JSON and of nothing else.

So that what one reads in a file is what the API answers, digit for digit.
"""
