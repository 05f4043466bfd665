"""The process: its server, both services' endpoints, the console, the docs and the admin routes.

Imports every other room but replay; none imports it.
"""
