"""The one error that people are meant to read, and the ways out of it that several share."""

OPERATOR = "whoever runs this Monoscope can put it right."


class UserError(ValueError):
    """Something asked for cannot be done, for a reason the asker can mend.

    The message is one sentence: what was asked, what was found, what to do. The command line prints it and exits with code 2.

    Args:
        message: for whoever runs Monoscope; may name files of the host.
        public: the same for visitors of the explorer, who must not learn what lies where; a general sentence if None.
    """

    def __init__(self, message: str, public: str | None = None) -> None:
        super().__init__(message)
        self.public = public


class VisitorError(UserError):
    """What a visitor asked for cannot be done. The message names nothing of the host, so visitors read it as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message, public=message)


def repair_hint(path: object) -> str:
    """How to get a damaged model or atlas back; the built-in world's ship with Monoscope."""
    if "storybook" in str(path):
        return "it ships with Monoscope: install that again; in a clone `git restore assets/storybook` or `make storybook`"
    return "build it again"
