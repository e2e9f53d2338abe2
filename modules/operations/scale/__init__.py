"""How many tasks there are, how many there should be, and changing that at once."""
