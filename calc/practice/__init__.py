"""Practice: questions drawn so that wrong rules show, and which of them comes next."""
