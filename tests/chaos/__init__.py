"""The fault run, the outage and the overload: both accounts as processes, under load and faults.

`make chaos` runs them all; the outage is a test of tests/integration too.
"""
