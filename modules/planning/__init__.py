"""Pure models of capacity, connections, recovery and cost: no AWS, no Terraform, no clock."""
