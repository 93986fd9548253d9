"""Benchmarks beside peers, in the same run: `python -m tests.bench [start-up|convolution|counting|gpu ...]`."""
