"""Load on the deployed gateway by Locust, in the shape of LiteLLM's published benchmark, and what comes of it.

Locust runs in a process of its own (`generator`), because gevent changes Python's sockets and threads for whoever
imports it; `locustfile` is all that knows Locust, and knows nothing else of this project.
"""
