"""Ledger: money, currencies, postings. Pure: no input, no output, no clock; the rules that make books balance."""
