"""Faults on purpose: what AWS FIS does in an experiment, done to what runs on this machine."""
