"""Notice rows: what a home has to say; implements `notices.port.NoticeRows`."""

from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.notices import notice
from bailee.notices.model import NoticeRow

NOTICES: Final = Mapped(notice, NoticeRow, damaged="errors_notices.row-damaged")
