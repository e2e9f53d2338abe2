"""A real Redis for every replication group of ElastiCache."""
