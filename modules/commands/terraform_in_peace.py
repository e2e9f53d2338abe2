#!/usr/bin/env python3
"""Terraform, left in peace until it has saved its state; cdktf starts this instead of `terraform`.

On Ctrl-C cdktf tells Terraform to stop and ends at once. Its end closes Terraform's terminal, and the hang-up would
kill Terraform in the middle of saving the state and releasing the lock. So the hang-up is ignored; and a file stays
locked for as long as Terraform lives, which is how `wait_for_terraform` (modules/commands/cdktf.py) knows.
"""

import fcntl
import os
import signal
import sys

alive = os.open(os.environ["TERRAFORM_ALIVE_FILE"], os.O_RDWR | os.O_CREAT)
os.set_inheritable(alive, True)
fcntl.flock(alive, fcntl.LOCK_SH)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.execvp("terraform", ["terraform", *sys.argv[1:]])
