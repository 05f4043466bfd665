"""The Security Token Service: AssumeRole and GetCallerIdentity.

Imports identity and exchange; knows neither AppSync nor tables.
"""

from bridge.sandbox.sts.service import Sts

__all__ = ["Sts"]
