# summary: screenshots as arrays of ink, for comparing pictures without an image library
import struct
import zlib


def read_png(data):
    """Width, height and rows of RGB bytes of an 8-bit PNG without interlacing, such as Chromium writes."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts, width, height, channels = 8, [], 0, 0, 3
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            assert depth == 8 and interlace == 0 and colour in (2, 6)
            channels = 4 if colour == 6 else 3
        elif kind == b"IDAT":
            parts.append(body)
        at += 12 + size
    return width, height, channels, unfilter(zlib.decompress(b"".join(parts)), width, height, channels)


def unfilter(raw, width, height, n):
    rows, stride = [], width * n
    last = bytearray(stride)
    for y in range(height):
        kind = raw[y * (stride + 1)]
        row = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        if kind == 1:
            for i in range(n, stride):
                row[i] = (row[i] + row[i - n]) & 255
        elif kind == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, last))
        elif kind == 3:
            for i in range(stride):
                row[i] = (row[i] + ((row[i - n] if i >= n else 0) + last[i]) // 2) & 255
        elif kind == 4:
            for i in range(stride):
                a, b, c = (row[i - n] if i >= n else 0), last[i], (last[i - n] if i >= n else 0)
                p = a + b - c
                pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
                row[i] = (row[i] + (a if pa <= pb and pa <= pc else b if pb <= pc else c)) & 255
        rows.append(row)
        last = row
    return rows


def tiles(data, columns, rows):
    """Mean colour of each of columns × rows tiles, as (r, g, b): what is left when fonts no longer matter."""
    width, height, n, pixels = read_png(data)
    result = []
    for r in range(rows):
        band = pixels[r * height // rows:max((r + 1) * height // rows, r * height // rows + 1)]
        for c in range(columns):
            x0, x1 = c * width // columns, max((c + 1) * width // columns, c * width // columns + 1)
            count = len(band) * (x1 - x0)
            result.append(tuple(round(sum(sum(row[x0 * n + k:x1 * n:n]) for row in band) / count) for k in range(3)))
    return result


def difference(a, b):
    """Mean difference of two lists of tiles, 0 to 255, and the largest of one tile."""
    each = [max(abs(x - y) for x, y in zip(p, q)) for p, q in zip(a, b)]
    return sum(each) / len(each), max(each)
