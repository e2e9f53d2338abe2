"""ECS on one machine: services and tasks of the control plane become processes."""
