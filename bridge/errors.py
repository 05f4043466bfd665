"""What every command ends in when something outside of it is not as it must be.

KnownError
├── files.FileFault             a file is missing, unreadable or malformed
├── project.ProjectError        the project's files do not fit together
├── compiler.schema.CompileError, compiler.pull.PullError
├── doctor.account_b.CannotLookError
├── run.RunError
├── wiring.NeverRanError
└── sandbox.replay: RecordingError, SandboxError
"""


class KnownError(Exception):
    """Something outside is not as it must be; the message says what in one line."""
