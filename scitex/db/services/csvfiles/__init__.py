"""
CSV files, to and from any storage.

A missing value is written as nothing and an empty text as two quotes, so that both come back;
a float is written with all the digits that it takes to be the same float again.
"""
