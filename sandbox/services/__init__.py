"""Stand-ins for the web services around the warehouse: OAuth tokens, Stripe, Google Sheets, a Slack webhook.

One process: `python -m sandbox.services --port P --data DIR [--keys DIR]`; its state is one SQLite file
in the data directory.
"""
