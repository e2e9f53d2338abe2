"""PostgreSQL under the rehearsal's RDS: one real server for each instance, two when it is Multi-AZ."""
