"""What a plan of Terraform's means to whoever approves it: what is lost, what is weakened, what users feel, what it
costs. Nothing here asks AWS or runs Terraform.
"""
