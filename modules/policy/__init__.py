"""The policy gate: checkov's findings on the synthesized Terraform, each mended or waived with a reason and an end."""
