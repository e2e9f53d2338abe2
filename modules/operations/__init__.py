"""What a runbook calls on a live target: boto3 and HTTP only."""
