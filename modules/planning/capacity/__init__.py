"""What a fleet of LiteLLM workers carries, how long its answers take, and what that asks of everything around it.

A worker is one process with one event loop: a queue with a single server. Requests reach the workers at random. Their
rest, the LLM's time and the network's, is a delay that nobody queues for. Closed loops (users who wait for their
answer) are solved exactly, open ones by formulas; `simulation` plays both event by event, from a seed.
"""

from modules.planning.capacity.fleet import capacity, survivors, tasks_for, utilisation_percent
from modules.planning.capacity.worker import REQUESTS_PER_WORKER_SECOND

__all__ = ["REQUESTS_PER_WORKER_SECOND", "capacity", "survivors", "tasks_for", "utilisation_percent"]
