"""Stripe's API (v1) for the objects of billing: lists, retrieval, changes, events, API versions, keys, rate limit."""
