"""What an instance's servers hold beside data: the group's parameters, accounts, passwords, the source they follow."""

import secrets

from modules.rehearsal.database import binaries, parameters, roles
from modules.rehearsal.database.pair import Pair
from modules.rehearsal.database.postgres import Server
from modules.rehearsal.database.wanted import Wanted


class Contents:
    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._group: dict[str, parameters.GroupParameter] = {}
        self._password = ""

    def take_parameters(self, wanted: Wanted) -> None:
        """For the next start: all of the group's, those that waited for it included."""
        self._group = wanted.parameters
        self._pair.settings = parameters.usable(wanted.parameters, binaries.known_parameters())
        self._pair.trust_iam = wanted.iam_authentication

    def create(self, wanted: Wanted) -> None:
        """RDS's accounts and the first database, in a new primary."""
        assert self._pair.primary is not None
        # An instance without a password lets nobody in as its master user.
        password = wanted.master_password or secrets.token_urlsafe(24)
        verifier = self._pair.primary.verifier(wanted.master_user, password)
        for statement in roles.statements(wanted.master_user, verifier, wanted.database):
            self._pair.primary.query(statement)
        self._password = wanted.master_password

    def copied(self, wanted: Wanted) -> None:
        """A replica has its source's accounts."""
        self._password = wanted.master_password

    def change(self, wanted: Wanted, primary: Server, source: Server | None) -> bool:
        """Follows what changed meanwhile, as far as it needs no restart.

        Args:
            source: of a replica; None while it is away.

        Returns:
            Whether the master user has a new password.
        """
        if wanted.parameters != self._group or wanted.iam_authentication != self._pair.trust_iam:
            known = binaries.known_parameters()
            self._pair.settings = parameters.after_change(self._pair.settings, wanted.parameters, known)
            self._pair.trust_iam = wanted.iam_authentication
            self._group = wanted.parameters
            self._pair.configure()
        if source is not None or wanted.source is None:
            self._pair.follow(source)
        if wanted.source is not None or wanted.master_password in ("", self._password):
            return False
        verifier = primary.verifier(wanted.master_user, wanted.master_password)
        primary.query(roles.new_password(wanted.master_user, verifier))
        self._password = wanted.master_password
        return True
