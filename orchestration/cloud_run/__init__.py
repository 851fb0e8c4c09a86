"""Dagster on Cloud Run: how runs are started and followed, and the settings of the instance there."""
