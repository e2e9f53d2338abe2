"""Which of LiteLLM's settings decide its throughput: variants of the deployed settings, side by side in one run."""
