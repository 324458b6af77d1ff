"""Tests reach nothing but this machine."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


def test_another_machine_is_out_of_reach() -> None:
    with socket.socket() as door, pytest.raises(SocketConnectBlockedError):
        door.connect(("192.0.2.1", 80))


def test_this_machine_is_not() -> None:
    with socket.socket() as listening, socket.socket() as door:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        door.connect(listening.getsockname())
