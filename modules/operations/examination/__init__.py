"""Looking at a deployment without changing it, as the doctor, preflight and the smoke test do."""
