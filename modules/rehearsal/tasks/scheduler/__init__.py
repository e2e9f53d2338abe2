"""How ECS decides: which tasks of a service start, which stop, and how a deployment ends."""
