"""Readers: a network out of what a person has in hand, as plain data."""
