"""The capacity model fitted to the running fleet, and held to points that it was not fitted to."""
