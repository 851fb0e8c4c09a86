"""The assets, checks, schedules and sensors, one kind a module."""
