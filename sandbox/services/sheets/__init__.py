"""Google's Sheets API (v4): metadata, values, sharing, quotas."""
