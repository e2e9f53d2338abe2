"""The capacity model as a runbook shows it: tables and pictures. The numbers are `planning.capacity`'s."""
