"""Recovery times: their bounds out of the settings, the objectives they are held to, and a simulation of them.

All times are AWS's; `paced` turns a prediction into one for a compressed rehearsal.
"""
