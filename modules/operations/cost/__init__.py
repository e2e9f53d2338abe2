"""An estimate as tables and pictures, and the book of prices renewed from AWS."""
