"""A judge behind an OpenAI-compatible endpoint: it is asked for yes or no, by the published prompts of `assets/judge/`."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from string import Template
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from explorer.errors import UserError
from explorer.models.judges.judge import Answer

TIMEOUT = 60.0  # seconds for one reply
PAUSES = (1.0, 4.0, 10.0)  # seconds before it is asked again
AT_ONCE = 8  # questions
LONGEST_REPLY = 2**20  # bytes
TOKENS = 8  # of a reply
PASSING = (408, 409, 425, 429)  # HTTP statuses that may be others in a moment, besides those of 500 and more
VERDICT = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


class EndpointJudge:
    """A judge by a language model.

    Args:
        url: of the API, such as https://api.openai.com/v1; `/chat/completions` is added.
        model: its name there.
        concepts: what each neuron is about; neurons without one are not judged.
        prompts: the directory of concept.txt, followed.txt and kept.txt.
        key: sent as a bearer token; none if "".
        pauses: seconds before each time that it is asked again.

    Raises:
        UserError: if the address is not one of HTTP.
    """

    def __init__(
        self,
        url: str,
        model: str,
        concepts: Mapping[int, str],
        prompts: Path,
        key: str = "",
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise UserError(f"--judge {url}: is neither exact, similarity nor an address; give one such as https://HOST/v1")
        self.name, self._url, self._model = model, f"{url.rstrip('/')}/chat/completions", model
        self._concepts, self._key, self._pauses = concepts, key, pauses
        self._prompts = {name: Template((prompts / f"{name}.txt").read_text()) for name in ("concept", "followed", "kept")}
        self._opener = build_opener(_NoRedirect)

    def concept(self, neuron: int) -> str:
        """The neuron's name."""
        return self._concepts.get(neuron, "")

    def says(self, neuron: int, answers: Sequence[Answer]) -> list[bool]:
        """Whether the model finds the concept in each text."""
        return self._asked("concept", answers, self.concept(neuron))

    def followed(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether the model finds that each text does what its prompt asks for."""
        return self._asked("followed", answers)

    def kept(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether the model finds each text as right a description as the unsteered one."""
        return self._asked("kept", answers)

    def _asked(self, criterion: str, answers: Sequence[Answer], concept: str = "") -> list[bool]:
        """Equal questions are asked once.

        Raises:
            UserError: if a question has no verdict after the last pause, or the endpoint refuses it.
        """
        questions = [self._prompts[criterion].substitute(answer._asdict(), concept=concept) for answer in answers]
        different = list(dict.fromkeys(questions))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            verdicts = dict(zip(different, pool.map(self._verdict, different), strict=True))
        return [verdicts[question] for question in questions]

    def _verdict(self, question: str) -> bool:
        problem = ""
        for pause in (*self._pauses, None):
            try:
                return _read(self._reply(question))
            except HTTPError as error:
                problem = f"HTTP status {error.code}"
                if error.code < 500 and error.code not in PASSING:
                    break
            except (URLError, HTTPException, OSError, ValueError) as error:
                problem = str(getattr(error, "reason", error))
            if pause is not None:
                time.sleep(pause)
        raise UserError(f"--judge {self._url}: gave no verdict ({problem}); see that it serves {self._model}, and run it again")

    def _reply(self, question: str) -> bytes:
        message = {"role": "user", "content": question}
        body = {"model": self._model, "messages": [message], "temperature": 0, "max_tokens": TOKENS}
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
        request = Request(self._url, json.dumps(body).encode(), headers, method="POST")
        with self._opener.open(request, timeout=TIMEOUT) as reply:
            return reply.read(LONGEST_REPLY + 1)


def _read(reply: bytes) -> bool:
    """The verdict of a reply.

    Raises:
        ValueError: if it is none.
    """
    if len(reply) > LONGEST_REPLY:
        raise ValueError(f"its reply is longer than {LONGEST_REPLY:,} bytes")
    try:
        said = json.loads(reply)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise ValueError("its reply is not one of chat completions") from error
    verdict = VERDICT.match(said) if isinstance(said, str) else None
    if verdict is None:
        raise ValueError("its reply is neither yes nor no")
    return verdict[1].lower() == "yes"


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: the key goes to the host that was named, and to no other."""

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str) -> None:
        return None
