"""Where every single-task link begins."""

from __future__ import annotations

from blueprints.links import blueprint, question, where
from blueprints.links.frame import LinkClosed
from webapp.absence.services.telling import ANSWER_QUESTION
from webapp.accounts.rules.links import LinkRefused, LinkState
from webapp.accounts.services.links import open_link
from webapp.first_day.rules.answers import WHERE_IS_CHILD


@blueprint.get("/t/<token>")
def opened(token: str) -> str:
    """The one thing that the link is for. Looking changes nothing, so that whoever previews links answers nothing."""
    link = open_link(token)
    if link.state is not LinkState.LIVE:
        raise LinkClosed(link)
    if link.purpose == WHERE_IS_CHILD:
        return where.show(token)
    if link.purpose == ANSWER_QUESTION:
        return question.show(token, link)
    raise LinkRefused(LinkState.ALTERED)
