"""What people do to the record of people."""

from webapp.people.services.start import PeopleRefused, create_administrator
from webapp.people.services.tasks import TaskRefused, close_task, open_task_in

__all__ = ["PeopleRefused", "TaskRefused", "close_task", "create_administrator", "open_task_in"]
