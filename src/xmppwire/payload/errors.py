"""The one exception of the mapper."""

from __future__ import annotations


class PayloadError(ValueError):
    """An element does not decode to the class asked for, or an instance cannot be written.

    `path` leads to the fault from the outermost element that took part, in the manner of XPath: `message/forwarded/delay@stamp`
    is an attribute, `query/item[3]@jid` one of the third item (counted from 1), `nick/text()` the text of an element.
    `problem` says what is wrong with it.
    """

    def __init__(self, problem: str, path: str) -> None:
        super().__init__(problem, path)
        self.problem = problem
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"

    def within(self, outer: str) -> PayloadError:
        """Put the name of the surrounding element in front of the path; returns the error itself, to be raised again."""
        self.path = f"{outer}/{self.path}"
        self.args = (self.problem, self.path)
        return self


def fault(error: Exception, path: str) -> PayloadError:
    """The `PayloadError` at `path` for what a codec raised."""
    return PayloadError(str(error) or type(error).__name__, path)
