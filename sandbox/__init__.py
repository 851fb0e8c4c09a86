"""The cloud on a laptop: local servers that the platform's real clients talk to.

Nothing imports this package but itself and the tests; it is reached through endpoints and, as `kura sandbox`,
through an entry point.
"""
