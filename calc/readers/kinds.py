"""The kinds of rows that are no layers of torch."""

OWN = "own parameter"
"""A parameter that belongs to no layer."""
