"""Layers: one layer, one class, in one place."""
