"""`doctor --verify`: what no documentation says, asked of the two accounts that are there.

Nothing is changed but items of the probes' own, which they make under a name that nobody has and
delete again.
"""
