/* summary: how many terminal columns a UTF-8 text takes */
#include "view_width.h"

/* East Asian Wide and Fullwidth code points of Unicode 14 (UAX #11) with unassigned and narrow ones between
 * them taken in where that makes one range of several: too wide is safe, too narrow would break a line. */
static const struct {
    uint32_t low, high;
} wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23f3},   {0x25fd, 0x25fe},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},   {0x2693, 0x26fd},   {0x2705, 0x2705},
    {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x2757},   {0x2795, 0x2797},   {0x27b0, 0x27bf},
    {0x2b1b, 0x2b1c},   {0x2b50, 0x2b55},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
    {0xffe0, 0xffe6},   {0x16fe0, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f19a},
    {0x1f200, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

int view_cp_width(uint32_t cp)
{
    if (cp < wide[0].low)
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (cp >= wide[i].low && cp <= wide[i].high)
            return 2;
    return 1;
}

size_t view_cp_next(const char *p, uint32_t *cp)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
    uint32_t v = n == 1 ? u[0] : u[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80) /* not valid after all: never run past the end */
            return *cp = 0xfffd, i;
        v = v << 6 | (u[i] & 0x3fu);
    }
    *cp = v;
    return n;
}

size_t view_fit(const char *utf8, int columns, int *used)
{
    size_t at = 0;
    *used = 0;
    while (utf8[at] != '\0') {
        uint32_t cp = 0;
        size_t n = view_cp_next(utf8 + at, &cp);
        int w = view_cp_width(cp);
        if (w > columns - *used)
            break;
        *used += w;
        at += n;
    }
    return at;
}

int view_width(const char *utf8)
{
    int used = 0;
    (void)view_fit(utf8, INT32_MAX / 2, &used);
    return used;
}
