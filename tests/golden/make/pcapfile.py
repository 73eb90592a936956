# summary: reads TCP segments out of a pcap file (Ethernet, Linux cooked, raw; IPv4, IPv6) without any dependency
"""An own reader, so that what checks the decoder shares no code with it. Loopback captures need no reassembly of IP
fragments; a capture by `tcpdump` on the loopback holds no retransmission either, but segments() copes with both."""
import collections
import ipaddress
import struct

Segment = collections.namedtuple("Segment", "ts_ns src dst seq flags payload wire_bytes")
FIN, SYN, RST = 1, 2, 4
LINK_BYTES = {1: 14, 101: 0, 113: 16, 276: 20}
MAGICS = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}


def packets(path):
    """Yields (time in ns, link type, captured bytes, length on the wire)."""
    data = path.read_bytes()
    magic, order = struct.unpack("<I", data[:4])[0], "<"
    if magic not in MAGICS:
        magic, order = struct.unpack(">I", data[:4])[0], ">"
    if magic not in MAGICS:
        raise ValueError(f"{path}: not a pcap file")
    link = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, caught, wire = struct.unpack(order + "IIII", data[at : at + 16])
        yield seconds * 10**9 + fraction * MAGICS[magic], link, data[at + 16 : at + 16 + caught], wire
        at += 16 + caught


def ip_packet(link, frame):
    """The network layer's bytes, or None for another protocol."""
    at = LINK_BYTES[link]
    if link == 1 and frame[12:14] not in (b"\x08\x00", b"\x86\xdd"):
        return None
    return frame[at:]


def end(address, port):
    host = ipaddress.ip_address(address)
    return f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"


def segments(path):
    for ts_ns, link, frame, wire in packets(path):
        ip = ip_packet(link, frame)
        if ip is None:
            continue
        if ip[0] >> 4 == 4:
            start, total = (ip[0] & 15) * 4, struct.unpack(">H", ip[2:4])[0]
            protocol, src, dst = ip[9], ip[12:16], ip[16:20]
        else:
            start, total = 40, 40 + struct.unpack(">H", ip[4:6])[0]
            protocol, src, dst = ip[6], ip[8:24], ip[24:40]
        if protocol != 6:
            continue
        total = total or wire - LINK_BYTES[link]
        tcp = ip[start:]
        sport, dport, seq, _, offset, flags = struct.unpack(">HHIIBB", tcp[:14])
        header = (offset >> 4) * 4
        yield Segment(ts_ns, end(src, sport), end(dst, dport), seq, flags, tcp[header : total - start],
                      total - start - header)


def connections(path, port):
    """Maps each client address to its segments as (to_client, segment), in order of first appearance. A second SYN from
    the same address starts another connection, named ADDRESS#2."""
    out, names = collections.OrderedDict(), {}
    for s in segments(path):
        to_client = s.src.endswith(f":{port}")
        client = s.dst if to_client else s.src
        if not to_client and s.flags & SYN and client in names and any(x.flags & FIN for _, x in out[names[client]]):
            names[client] = f"{client}#{sum(1 for n in out if n.split('#')[0] == client) + 1}"
        out.setdefault(names.setdefault(client, client), []).append((to_client, s))
    return out


def payload_bytes(conn, to_client):
    """Bytes that one direction carried, each counted once."""
    seen = set()
    total = 0
    for direction, s in conn:
        if direction == to_client and s.wire_bytes and s.seq not in seen:
            seen.add(s.seq)
            total += s.wire_bytes
    return total
