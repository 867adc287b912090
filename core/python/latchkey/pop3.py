# SPDX-License-Identifier: MIT
"""poplib: POP3 and POP3_SSL."""

import poplib
import ssl
from typing import Any

from . import _abi
from ._wire import Lost, Reply, Wire, lost


class Pop3(Wire):
    """A poplib.POP3. Its own lines may have 2048 octets, which is too few for some challenges."""

    service = "pop3"
    errors = (poplib.error_proto, OSError)
    connection: poplib.POP3

    def __init__(self, connection: poplib.POP3) -> None:
        super().__init__(connection)
        self._capabilities: "dict[str, list[str]]" = {}
        self._ask()

    def _ask(self) -> None:
        try:
            self._capabilities = {name.upper(): words for name, words in self.connection.capa().items()}
        except poplib.error_proto:
            self._capabilities = {}

    def profile(self) -> Any:
        return _abi.lib.lk_profile_pop3()

    def made_for(self) -> "tuple[str, int]":
        return self.connection.host, self.connection.port

    def protocol_facts(self) -> int:
        return _abi.FACT_TLS_OFFERED if "STLS" in self._capabilities else 0

    def offered(self) -> str:
        return " ".join(self._capabilities.get("SASL", [])).upper()

    def send(self, line: bytes, is_command: bool) -> None:
        try:
            self.socket.sendall(line + b"\r\n")
        except OSError as why:
            raise lost(why) from why

    def receive(self) -> Reply:
        try:
            line = self.connection.file.readline(1 << 16)
        except (OSError, ValueError) as why:
            raise lost(why) from why
        if not line.endswith(b"\n"):
            raise Lost(_abi.E_PROTOCOL)
        return Reply(line.rstrip(b"\r\n"))

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.connection.stls(context)
        self._ask()

    def close(self) -> None:
        self.connection.close()
