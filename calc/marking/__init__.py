"""Marking: an answer compared with the right one, and with what the wrong rules lead to."""
