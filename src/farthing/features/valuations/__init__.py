"""Valuations: what a house, a car or a fund is worth on a day, whoever says so.

Promises: at the end of a day that an account was valued for, it holds that worth; what was booked for it says how much
more or less that is than the postings made it.
"""
