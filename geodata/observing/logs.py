"""Write log lines that machines read, each with the id of the request that led to it, in workers too."""

import logging
from contextvars import ContextVar
from typing import Any

from celery import Celery, Task

# Of the request, or of the one that handed this work over; empty: nobody asked, the clock did.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
TASK: ContextVar[dict[str, Any] | None] = ContextVar("task", default=None)


class Belonging(logging.Filter):
    """Add to a record whose work it is about: `request_id`, and in a worker `task`, its id and its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        if name := REQUEST_ID.get():
            record.request_id = name
        for key, value in (TASK.get() or {}).items():
            setattr(record, key, value)
        return True


class FollowedCelery(Celery):
    """Hand a request's id over with the work that it leads to."""

    def send_task(self, name: str, *args: Any, **options: Any) -> Any:
        if asked_by := REQUEST_ID.get():
            options["headers"] = {**(options.get("headers") or {}), "asked_by": asked_by}
        return super().send_task(name, *args, **options)


def begin_task(*, task: Task[..., Any], task_id: str, args: Any, kwargs: dict[str, Any], **_: Any) -> None:
    """Have what is logged from now on bear the id of the request that led to this task, and the task's own."""
    REQUEST_ID.set(getattr(task.request, "asked_by", None) or "")
    TASK.set({"task": task.name, "task_id": task_id, "task_arguments": [*args, *kwargs.values()]})


def end_task(**_: Any) -> None:
    """Forget the task: its process goes on to another."""
    REQUEST_ID.set("")
    TASK.set(None)
