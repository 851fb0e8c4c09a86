"""Koe, the sample business: a text-to-speech service whose stores the sandbox fills with 60 days of history."""
