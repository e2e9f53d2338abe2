"""What holds for every test."""

from hypothesis import settings

# How long an example takes says nothing on a machine that runs a rehearsal beside it.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
