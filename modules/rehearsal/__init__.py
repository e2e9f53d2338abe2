"""The AWS on one machine: what `make deploy` talks to when there is no account.

This package knows nothing of the architecture that is deployed on it and imports no other package of the project.
"""
