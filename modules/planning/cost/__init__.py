"""What an environment costs in a month, line by line: a line is a price of the book times a quantity.

From the Terraform that is deployed (`terraform_json`), a month's usage (`modules/settings/usage.py`) and a book of
prices (`prices`), `estimate` makes the lines: a file of `pricers/` for each group of resource types. A resource is
priced, free for a reason that is told, or listed as not priced; never silently zero.
"""
