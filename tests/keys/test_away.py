"""A custodian that is away stops what destroys, never what opens, and learns what it missed."""

from pathlib import Path

import pytest
from tests.answers import done
from tests.run.homes import make, opened

from bailee import errors
from bailee.clients.acts import AddClient
from bailee.keys.acts import TurnKeys
from bailee.objects.acts import DeleteObject, GetObject, ObjectGiven, ObjectPut, PutObject

PURPOSE = "client-request"


def test_with_deletions_pending_one_custodian_is_enough_to_open(tmp_path: Path) -> None:
    custodian = make(tmp_path).custodians[1]
    away = tmp_path / "unmounted"
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        for name in ("kept", "gone"):
            put = done(house.caller.send(PutObject(client="acme", name=name), [b"content"]))
            assert isinstance(put, ObjectPut)
    custodian.rename(away)
    with opened(tmp_path) as house, pytest.raises(errors.Sealed, match="push-incomplete"):
        house.caller.call(DeleteObject(client="acme", object="gone", purpose=PURPOSE))
    with opened(tmp_path) as house:
        given = done(house.caller.call(GetObject(client="acme", object="kept", purpose=PURPOSE)))
        assert isinstance(given, ObjectGiven)
        assert b"".join(map(bytes, given.chunks)) == b"content"
        with pytest.raises(errors.Sealed, match="custodian-missing"):
            house.caller.call(TurnKeys(purpose="security"))
    away.rename(custodian)
    assert not list(custodian.glob("pending-*"))
    with opened(tmp_path):
        assert list(custodian.glob("pending-*"))
