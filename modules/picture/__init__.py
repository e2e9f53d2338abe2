"""The architecture's picture: what the synthesized Terraform deploys, and nothing else."""
