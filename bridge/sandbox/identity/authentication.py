"""The step that both services begin with: whose signature is this?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.sandbox.exchange.faults import Drawn, Kind
from bridge.sandbox.exchange.messages import RawRequest
from bridge.sandbox.exchange.refusal import Refusal
from bridge.sandbox.exchange.trace import Trace
from bridge.sandbox.identity.directory import Directory, Principal
from bridge.sandbox.identity.sigv4 import AuthenticationFault, FaultKind


@dataclass(frozen=True)
class Authenticator:
    """Checks signatures for one service.

    Attributes:
        service: The name in the credential scope.
        tolerance: How far a signer's clock may be off.
        codes: The service's status and error code for each fault.
        clock: Returns the time as aware UTC.
    """

    directory: Directory
    service: str
    tolerance: timedelta
    codes: Mapping[FaultKind, tuple[int, str]]
    clock: Callable[[], datetime]

    def authenticate(
        self, request: RawRequest, trace: Trace, drawn: Drawn
    ) -> tuple[Principal, datetime]:
        """Returns who signed the request, and the service's time, with any fault in it.

        Raises:
            Refusal: The signature is not accepted.
            FileFault: A file of the accounts is missing or malformed.
        """
        self.directory.refresh()
        now = self.clock() + timedelta(seconds=drawn.number(Kind.CLOCK_SKEW) or 0)
        seconds = drawn.number(Kind.EXPIRE_EARLY)
        lifetime = None if seconds is None else timedelta(seconds=seconds)
        try:
            principal = self.directory.authenticate(
                request, self.service, self.tolerance, now, lifetime
            )
        except AuthenticationFault as fault:
            trace.step("signature", str(fault))
            status, code = self.codes[fault.kind]
            raise Refusal(status, code, str(fault)) from fault
        trace.step("signature")
        trace.caller = principal.arn
        return principal, now
