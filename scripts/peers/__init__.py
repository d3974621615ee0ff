"""Bora beside other engines: `scripts/bench_peers.py` is the command."""
