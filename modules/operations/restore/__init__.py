"""Bringing a database back as it was at a moment: a new instance from the backups takes the old one's place."""
