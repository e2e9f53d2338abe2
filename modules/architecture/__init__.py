"""Constructs: settings in, Terraform out. The only package that knows cdktf."""
