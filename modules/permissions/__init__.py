"""Policies of least privilege for whoever deploys and for each command, made from what they really call."""
