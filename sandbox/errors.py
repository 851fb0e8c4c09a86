"""What goes wrong with the sandbox itself."""


class SandboxError(Exception):
    """A message of one line that says what happened and what to do."""
