"""RDS clusters and snapshots that outlive the process, and export tasks that write a real PostgreSQL's tables."""
