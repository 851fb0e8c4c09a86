"""Dagster's definitions of the platform, and the `kura` command. Extraction itself is in `extract`."""
