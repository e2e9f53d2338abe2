"""Breaking a deployment on purpose, and measuring how it recovers; the same on AWS and on the rehearsal.

All times are UTC seconds since 1970, as `time.time()` tells them; all durations are seconds.
"""
