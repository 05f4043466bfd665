"""One request on its way through the sandbox: its bytes, the faults drawn for it, its trace.

Imports nothing else of the sandbox.
"""
