"""Tables and charts of figures: written as CSV or XLSX, drawn as SVG, set as PDF.

Promises: what is written depends on what is given and on nothing else, to the last byte; no cell is a formula, and no
text is markup, to any program that opens it.
"""
