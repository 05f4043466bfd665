"""The fault run, the outage and the overload: both accounts as processes, under load and faults.

`make chaos` runs the long forms, tests/integration the short ones.
"""
