"""What is typed: a function a command, its options as its parameters."""
