"""What watches and reacts: metrics' statistics, alarms, autoscaling, metrics out of log lines."""
