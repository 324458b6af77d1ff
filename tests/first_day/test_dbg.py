from tests.first_day.test_answers import *
from tests.first_day.conftest import *
from tests.first_day.mornings import messages
def test_x(world: World, token: str) -> None:
    text_in(world, "He left at 8")
    from notifications.models import InboundMessage
    with read_door() as db: print(db.execute(select(InboundMessage.__table__)).all())
    for m in messages(): print(m)
    assert 0
