"""Whether a deployment is as it was meant to be, asked without changing anything: each examination tells what it found,
how bad that is, and what to do."""
