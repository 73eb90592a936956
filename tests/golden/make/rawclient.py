# summary: the classic protocol over a bare socket, for commands and orders that no library sends
"""Only what the raw scenarios need: a user without a password, text and binary results counted but not decoded. Sources:
MySQL's "Client/Server Protocol" documentation, MariaDB's "Clientserver Protocol"."""
import socket
import struct

LONG_PASSWORD, PROTOCOL_41, SECURE, PLUGIN_AUTH = 1, 0x200, 0x8000, 0x80000
CONNECT_WITH_DB, MULTI, MULTI_RESULTS, PS_MULTI, TRANSACTIONS = 8, 0x10000, 0x20000, 0x40000, 0x2000
DEPRECATE_EOF = 0x1000000
MORE_RESULTS, CURSOR_EXISTS = 0x0008, 0x0040


def lenenc(data, at):
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


class Answer:
    """Facts of a response under the names that the dump has for them."""

    def __init__(self):
        self.facts = {"ok": True, "errno": 0, "rows": 0, "affected_rows": 0, "insert_id": 0, "warnings": 0}
        self.status = 0


class RawClient:
    def __init__(self, host, port, deprecate_eof=False, db="golden", user="raw"):
        self.sock = socket.create_connection((host, port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.deprecate_eof = deprecate_eof
        self.login(user, db)

    def fill(self, n):
        while len(self.buffer) < n:
            piece = self.sock.recv(1 << 20)
            if not piece:
                raise EOFError("the server has closed")
            self.buffer += piece

    def packet(self):
        whole = b""
        while True:
            self.fill(4)
            n = int.from_bytes(self.buffer[:3], "little")
            self.seq = self.buffer[3]
            self.fill(4 + n)
            whole += self.buffer[4 : 4 + n]
            self.buffer = self.buffer[4 + n :]
            if n < 0xFFFFFF:
                return whole

    @staticmethod
    def frame(payload, seq=0):
        out = b""
        while True:
            piece, payload = payload[:0xFFFFFF], payload[0xFFFFFF:]
            out += struct.pack("<I", len(piece) | seq << 24) + piece
            seq = (seq + 1) & 255
            if len(piece) < 0xFFFFFF:
                return out

    def login(self, user, db):
        greeting = self.packet()
        at = greeting.index(0, 1) + 1
        self.thread_id = struct.unpack("<I", greeting[at : at + 4])[0]
        caps = (LONG_PASSWORD | PROTOCOL_41 | SECURE | PLUGIN_AUTH | CONNECT_WITH_DB | MULTI | MULTI_RESULTS | PS_MULTI
                | TRANSACTIONS | (DEPRECATE_EOF if self.deprecate_eof else 0))
        plugin = greeting[:-1].rsplit(b"\0", 1)[1]
        self.plugin = plugin.decode()
        self.sock.sendall(self.frame(struct.pack("<IIB23x", caps, 1 << 24, 45) + user.encode() + b"\0" + b"\0"
                                     + db.encode() + b"\0" + plugin + b"\0", self.seq + 1))
        answer = self.packet()
        if answer[0] != 0:
            raise RuntimeError(f"login refused: {answer!r}")

    def send(self, code, payload=b""):
        self.sock.sendall(self.frame(bytes([code]) + payload))

    def error(self, a, p):
        a.facts.update(ok=False, errno=struct.unpack("<H", p[1:3])[0], sqlstate=p[4:9].decode(), error=p[9:].decode())

    def ok(self, a, p):
        affected, at = lenenc(p, 1)
        insert_id, at = lenenc(p, at)
        a.status, warnings = struct.unpack("<HH", p[at : at + 4])
        a.facts["affected_rows"] += affected
        a.facts["insert_id"] = insert_id or a.facts["insert_id"]
        a.facts["warnings"] += warnings

    def eof(self, a, p, final):
        warnings, a.status = struct.unpack("<HH", p[1:5])
        if final:
            a.facts["warnings"] += warnings

    def rows(self, a):
        """Rows to their end; False after an ERR."""
        while True:
            p = self.packet()
            if p[0] == 0xFF:
                self.error(a, p)
                return False
            if p[0] == 0xFE and len(p) < 0xFFFFFF:
                if self.deprecate_eof:
                    self.ok(a, p)
                else:
                    self.eof(a, p, True)
                return True
            a.facts["rows"] += 1
            self.last_row = p

    def result(self):
        """Everything that answers a QUERY or a STMT_EXECUTE."""
        a = Answer()
        a.facts["result_sets"] = 0
        while True:
            p = self.packet()
            if p[0] == 0xFF:
                self.error(a, p)
                return a
            if p[0] == 0x00:
                self.ok(a, p)
            else:
                a.facts["result_sets"] += 1
                for _ in range(lenenc(p, 0)[0]):
                    self.packet()
                if not self.deprecate_eof:
                    self.eof(a, self.packet(), False)
                if a.status & CURSOR_EXISTS and not self.deprecate_eof:
                    return a
                if not self.rows(a):
                    return a
            if not a.status & MORE_RESULTS:
                return a

    def simple(self):
        """OK, EOF or ERR."""
        a, p = Answer(), self.packet()
        if p[0] == 0xFF:
            self.error(a, p)
        elif p[0] == 0xFE:
            self.eof(a, p, True)
        else:
            self.ok(a, p)
        return a

    def prepared(self):
        """Answer to STMT_PREPARE: facts with stmt_id."""
        a, p = Answer(), self.packet()
        if p[0] == 0xFF:
            self.error(a, p)
            return a
        a.facts["stmt_id"], columns, params = struct.unpack("<IHH", p[1:9])
        for count in (params, columns):
            for _ in range(count):
                self.packet()
            if count and not self.deprecate_eof:
                self.packet()
        return a

    def fields(self):
        """Answer to FIELD_LIST: column definitions, then EOF."""
        a = Answer()
        while True:
            p = self.packet()
            if p[0] == 0xFF:
                self.error(a, p)
                return a
            if p[0] == 0xFE and len(p) < 9:
                return a
