"""A new master key, a new password of the database; never a new salt key."""
