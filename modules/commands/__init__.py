"""What `make` calls: the tools of a deployment, started with the right environment and explained when they fail."""
