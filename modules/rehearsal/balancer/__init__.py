"""The load balancers of the rehearsal: a real reverse proxy on loopback, in a process of its own."""
