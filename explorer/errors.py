"""The one error that people are meant to read."""


class UserError(ValueError):
    """Something asked for cannot be done, for a reason the asker can mend.

    The message is one sentence: what was asked, what was found, what to do. The command line prints it and
    exits with code 2; pages show it in place.
    """
