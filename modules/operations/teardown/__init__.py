"""What a destroyed environment leaves, and what that costs."""
