"""Tables of insight."""

from webapp.insight.models.keeping import RecordHold, RetentionCount, RetentionRun, SubjectLine, SubjectRequest
from webapp.insight.models.shown import ShownPage

__all__ = ["RecordHold", "RetentionCount", "RetentionRun", "ShownPage", "SubjectLine", "SubjectRequest"]
