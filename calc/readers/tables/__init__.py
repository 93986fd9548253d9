"""Layer tables, as reports have them."""
