"""Stand-ins for the web services around the warehouse: OAuth tokens, Stripe, Google Sheets, transfers, a Slack webhook.

One process: `python -m sandbox.services --port P --data DIR [--keys DIR] [--aws URL --bigquery URL --storage URL]`; its
state is one SQLite file in the data directory.
"""
