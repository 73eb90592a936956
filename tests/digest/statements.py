#!/usr/bin/env python3
# summary: writes the statements of the digest test: every line of cases.txt, every keyword, and random ones of all kinds
"""Usage: statements.py [--seed N] [--random N] >statements
One line a statement for ask_server: sql_mode, character set, the bytes in hexadecimal. The same seed, the same lines."""
import argparse
import pathlib
import random
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
PYTHON_NAMES = {"utf8mb4": "utf-8", "euckr": "euc_kr", "koi8r": "koi8_r"}
WORDS = HERE.parent.parent / "probe" / "mysql" / "digest_words.def"


def emit(sql, mode="", charset="utf8mb4"):
    data = sql if isinstance(sql, bytes) else sql.encode(PYTHON_NAMES.get(charset, charset))
    sys.stdout.write(f"{mode}\t{charset}\t{data.hex()}\n")


def cases(name):
    """cases.txt, known.txt: a statement a line; "#mode NAMES" and "#charset NAME" hold for the lines that follow."""
    mode, charset = "", "utf8mb4"
    for line in (HERE / name).read_text().splitlines():
        if line.startswith("#mode"):
            mode = line[5:].strip()
        elif line.startswith("#charset"):
            charset = line[8:].strip()
        elif line and not line.startswith("##"):
            emit(line.replace("\\u{n}", "\n").replace("\\u{t}", "\t"), mode, charset)


def keywords():
    """Every word where a name, a function, an alias or a variable may stand; what the server refuses is not compared."""
    for word in re.findall(r'^WORD\("(.*?)"', WORDS.read_text(), re.M):
        low = word.lower()
        emit(f"select {low} from t")
        emit(f"select {word}(a) from t")
        emit(f"select {low} (a, 1) from t", "IGNORE_SPACE")
        emit(f"select {low}() from t")
        emit(f"select 1 {low}, t.{low}, `{low}`, {low}.a from t as {low}")
        emit(f"select @{low}, @@session.{low} from t")
        emit(f"set {low} = 1")
        emit(f"set @x = {low}")
        emit(f"create table t (a {low})")
        emit(f"create table t (a {low}(10) not null)")
        emit(f"select cast(a as {low}), date_add(a, interval 1 {low}) from t")
        emit(f"show {low}")
        emit(f"show create {low} x")
        emit(f"select a {low} -1 from t")
        emit(f"select a {low} null from t")
        emit(f"select {low} -1 from t")
        emit(f"select a from t order by 1 {low} 2")


def odd_bytes():
    for b in list(range(1, 48)) + list(range(58, 65)) + [91, 92, 93, 94, 95, 96, 123, 124, 125, 126, 127]:
        emit(b"select 1" + bytes([b]) + b"a from t")
        emit(b"select a " + bytes([b]) + b" b from t")
        emit(b"select a " + bytes([b]) + b" -1 from t")
        emit(b"select `a" + bytes([b]) + b"b` from t")
        emit(b"select 'a" + bytes([b]) + b"b', b from t")
        emit(b"select /*+ bka(a) " + bytes([b]) + b" b 1 */ 1")
    for charset, texts in {
        "gbk": [b"\xb1\xed", b"\x95\x5c", b"\x95\x60", b"\x95\x40", b"\x95\x7c", b"\xd0\xd5\xc3\xfb"],
        "big5": [b"\xa4\x5c", b"\xb3\x5c", b"\xa7\x41", b"\xa4\x60"],
        "sjis": [b"\x83\x5c", b"\x95\x5c", b"\x83\x40", b"\x88\x60"],
        "cp932": [b"\x83\x5c", b"\x95\x5c", b"\x83\x40", b"\x88\x60"],
        "gb18030": [b"\x95\x5c", b"\x81\x30\x81\x30", b"\xb1\xed"],
        "latin1": [b"\xe9", b"\xc4\xd6", b"a\xa0b", b"\xff"],
        "utf8mb4": ["é".encode(), "表".encode(), "😀".encode(), "naïve".encode(), "Ж".encode()],
        "euckr": [b"\xb0\xa1"],
        "ujis": [b"\xa4\xa2"],
        "koi8r": [b"\xc1\xc2"],
    }.items():
        for x in texts:
            for form in (
                b"select '%b', b from t", b"select '%b\\'%b', b from t", b"select `%b` from t", b"select %b from t",
                b"select a%bb from t", b"select t.%b, `%b`.a from t", b"select 1 as '%b'", b"select \"%b\", b from t",
                b"select 1 /* %b */ + 2 from t", b"select 1 -- %b\n+ 2", b"select @`%b`, @a from t",
                b"select /*+ bka(%b) bka(%b@%b) */ 1", b"insert into %b (%b) values ('%b'),('%b')",
                b"select 1e%b from t", b"select 1%b from t", b"select _binary'%b' from t", b"select '%b''%b', b from t",
                b"select '%b%b%b' '%b', b from t",
            ):
                emit(form.replace(b"%b", x), "", charset)
            emit(b"select '%b\\', b, 'c' from t".replace(b"%b", x), "NO_BACKSLASH_ESCAPES", charset)
            emit(b"select \"%b\", \"a\"\"%b\" from \"%b\"".replace(b"%b", x), "ANSI_QUOTES", charset)


def long_ones():
    """Around the 1,024 bytes of tokens that the server keeps, at every phase."""
    for fill in range(0, 12):
        head = "select " + "a," * 143 + "b" * (fill + 1)
        for tail in (" from t", ",1,2,3 from t", ",'x',b from t", ",c from t where d in (1,2,3)", ", -1 from t", ",null,1 from t",
                     " from t order by 1,2,3", ", f(1) from t", " is null from t", ",(1,2)=(3,4) from t", ",@a from t",
                     " from t group by 1 with rollup", ",(select 1) from t",
                     ",null,a,null,a,null,a,null,a from t", ",null is null, a", ",c in (null, 1) from t", ",f(null), f(null,1) from t",
                     ",(null),a,(null),a,(1),a,(1,2) from t", ",+1,a,-1,a,- -1,a from t", ",'x',a,'y',a,'z',a", " from t order by a,1,b,2,c,3",
                     " from t order by 1 desc,2 asc, 3", " from t group by rollup (1,2)"):
            emit(head + tail)
            emit(head + ", a" + tail)
            emit(head.replace("a,", "1,b,", 1) + tail)
    for n in (100, 127, 128, 200, 500, 511, 512, 513, 2000):
        emit("insert into t values " + ",".join(["(1,'a',-3)"] * n))
        emit("insert into t values " + ",".join(["(1,a,-3)"] * n))
        emit("select * from t where a in (" + ",".join(map(str, range(n))) + ")")
        emit("select * from t where a in (" + ",".join(map(str, range(n))) + ") and b = 1")
        emit("select " + "-" * n + "1")
        emit("select a" + " + 1" * n + " from t")
        emit("select " + ",".join(f"c{i}" for i in range(n)) + " from t")
        emit("select '" + "x" * n * 100 + "'")
        emit("select a /* " + "x" * n * 100 + " */ from t")
        emit("select `" + "n" * min(n, 60) + "` from t")
        emit("select a from t where " + " or ".join(f"(a = {i} and b = 'x{i}')" for i in range(n)))
        emit("select " + "(" * min(n, 200) + "1" + ")" * min(n, 200))


class Maker:
    """Random statements; every call of a method consumes randomness, so that a seed gives a statement."""

    NAMES = ["a", "b", "c", "id", "user_id", "name", "`from`", "`a b`", "t1", "Status", "value", "`x``y`", "count", "date",
             "é", "data", "type", "key1", "_x", "a$1", "x2", "`id`", "type", "level", "position", "names", "offset"]
    TABLES = ["t", "t1", "`t 2`", "db.t", "mysql.user", "Users", "orders", "`order`", "x.`y`"]

    def __init__(self, seed):
        self.r = random.Random(seed)

    def one(self, *choices):
        c = self.r.choice(choices)
        return c() if callable(c) else c

    def maybe(self, what, chance=0.5):
        if self.r.random() >= chance:
            return ""
        return what() if callable(what) else what

    def several(self, what, most=3, sep=", "):
        return sep.join(what() for _ in range(self.r.randint(1, most)))

    def name(self):
        return self.r.choice(self.NAMES)

    def table(self):
        return self.r.choice(self.TABLES)

    def column(self):
        return self.one(self.name, self.name, lambda: f"t.{self.name()}", lambda: f"db.t.{self.name()}", lambda: f"`t`.{self.name()}")

    def number(self):
        n = self.r.randint(0, 10 ** self.r.randint(1, 20))
        return self.one(str(n), str(n % 100), str(n), f"{n}.{n % 1000}", f".{n}", f"{n % 100}.", f"{n % 1000}e{n % 30}",
                        f"{n % 50}.5E-{n % 9}", f"0x{n:x}", f"0b{n % 100:b}", f"x'{n % 256:02x}'", f"b'{n % 16:b}'", f"X'{n % 256:02X}'")

    def string(self):
        body = "".join(self.r.choice("abc xyz%_,;()#-/*@?ж日😀0123") for _ in range(self.r.randint(0, 12)))
        q = self.r.choice("''\"")
        body += self.one("", "", "", q + q, "\\\\", "\\" + q, "\\n", "\\0", "--", "/*", "*/", "`")
        return q + body + q

    def literal(self):
        return self.one(self.number, self.number, self.string, self.string, self.string, "NULL", "true", "FALSE",
                        lambda: f"_utf8mb4{self.string()}", lambda: f"N'{self.r.randint(0, 9)}'", lambda: f"_latin1 {self.string()}",
                        lambda: f"date'2024-01-{self.r.randint(1, 28):02}'", "timestamp '2020-01-01 00:00:00'", "{d '2020-01-01'}",
                        lambda: f"{self.string()} {self.string()}", lambda: f"_binary x'{self.r.randint(16, 255):x}'")

    def signed(self):
        return self.one("", "", "-", "+", "- ", "- -", "-+", "+ - ") + self.number()

    def variable(self):
        return self.one("@a", "@`b c`", "@'q'", "@a.b", "@@sort_buffer_size", "@@session.sql_mode", "@@global.max_connections",
                        "@@autocommit", "@A$1", "@_")

    def operator(self):
        return self.r.choice(["+", "-", "*", "/", "%", "div", "mod", "=", "<", ">", "<=", ">=", "<>", "!=", "<=>", "and", "or", "&&",
                              "||", "xor", "&", "|", "^", "<<", ">>", "like", "not like", "regexp", "rlike", "AND", "sounds like"])

    def function(self, d):
        args = [self.expr(d - 1) for _ in range(self.r.randint(0, 4))]
        return self.one(
            lambda: f"{self.r.choice(['concat', 'coalesce', 'IF', 'ifnull', 'my_f', 'db.f', 'left', 'round', 'json_extract', 'md5', 'abs'])}({', '.join(args) or 1})",
            lambda: f"count({self.one('*', 'distinct a', 'distinct a, b', '1')})", lambda: f"sum({self.expr(d - 1)})",
            lambda: f"{self.r.choice(['min', 'max', 'avg', 'bit_and', 'std', 'variance', 'group_concat'])}({self.expr(d - 1)})",
            lambda: f"group_concat(distinct a order by {self.items(d)} separator {self.string()})", "now()", "now(6)", "current_timestamp",
            "curdate()", "utc_timestamp()", "database()", "user()", "current_user", "version()", "rand()", "uuid()", "last_insert_id()",
            lambda: f"substr({self.expr(d - 1)}, {self.signed()}, {self.signed()})", lambda: f"substring(a from {self.signed()} for 2)",
            lambda: f"trim(leading {self.string()} from {self.expr(d - 1)})", lambda: f"cast({self.expr(d - 1)} as {self.cast()})",
            lambda: f"convert({self.expr(d - 1)}, {self.cast()})", lambda: f"convert({self.expr(d - 1)} using utf8mb4)",
            lambda: f"extract(day from {self.expr(d - 1)})", lambda: f"position({self.string()} in {self.expr(d - 1)})",
            lambda: f"date_add(a, interval {self.signed()} {self.unit()})", lambda: f"timestampdiff({self.unit()}, a, b)",
            lambda: f"count{self.r.choice(['', ' '])}(a)", lambda: f"char({self.signed()} using utf8mb4)",
            lambda: f"json_object({self.string()}, {self.expr(d - 1)})", lambda: f"json_array({', '.join(args)})",
            lambda: f"json_value(a, '$.x' returning {self.r.choice(['signed', 'char(10)', 'decimal(10,2)'])} null on empty error on error)",
            lambda: f"match(a, b) against ({self.string()} in boolean mode)", lambda: f"row_number() over ({self.window(d)})",
            lambda: f"lag(a, {self.number()}, {self.expr(d - 1)}) over ({self.window(d)})", lambda: f"sum(a) over ({self.window(d)})",
            lambda: f"ntile(4) over w", lambda: f"values(a)", lambda: f"default(a)", lambda: f"grouping(a, b)", lambda: f"weight_string(a as char(3))")

    def cast(self):
        return self.r.choice(["signed", "unsigned", "char", "char(10)", "decimal(10,2)", "json", "datetime(6)", "binary(3)", "date", "double", "year", "nchar(3)"])

    def unit(self):
        return self.r.choice(["day", "DAY", "second", "minute", "hour", "month", "year", "week", "quarter", "microsecond", "sql_tsi_day"])

    def window(self, d):
        return (self.maybe(lambda: f"partition by {self.items(d)} ") + self.maybe(lambda: f"order by {self.items(d)} ")
                + self.maybe(lambda: self.one("rows unbounded preceding", "range between 1 preceding and current row",
                                              "rows between 1 preceding and 2 following", "groups between unbounded preceding and 3 following"), 0.3))

    def expr(self, d=2):
        if d <= 0:
            return self.one(self.column, self.column, self.literal, self.literal, self.signed, self.variable)
        e = lambda: self.expr(d - 1)
        return self.one(
            self.column, self.literal, self.signed, self.variable, lambda: self.function(d), lambda: self.function(d),
            lambda: f"{e()} {self.operator()} {e()}", lambda: f"{e()}{self.r.choice('+-*/=<>,'.replace(',', '='))}{e()}",
            lambda: f"{e()} {self.operator()} {self.signed()}", lambda: f"({e()})", lambda: f"(({e()}))", lambda: f"not {e()}",
            lambda: f"!{e()}", lambda: f"-{e()}", lambda: f"~ {e()}", lambda: f"{e()} is null", lambda: f"{e()} is not null",
            lambda: f"{e()} is not true", lambda: f"{e()} between {self.signed()} and {e()}", lambda: f"{e()} {self.maybe('not ')}in ({self.values_list()})",
            lambda: f"{e()} in ({self.select(d - 1)})", lambda: f"(a, b) in ({self.rows_list()})", lambda: f"({e()}, {e()}) = ({e()}, {e()})",
            lambda: f"case when {e()} then {e()} else {e()} end", lambda: f"case {e()} when {e()} then {e()} end",
            lambda: f"({self.select(d - 1)})", lambda: f"exists ({self.select(d - 1)})", lambda: f"a -> '$.x'", lambda: "a->>'$.y[0]'",
            lambda: f"{e()} collate utf8mb4_bin", lambda: f"binary {e()}", lambda: f"a > all ({self.select(d - 1)})",
            lambda: f"interval {self.signed()} {self.unit()} + {e()}", lambda: f"{e()} like {self.string()} escape '|'",
            lambda: f"{e()} member of (a)", lambda: f"row({e()}, {e()}) = row(1, 2)")

    def values_list(self):
        return self.one(self.literal, self.signed, lambda: self.several(self.signed, 6), lambda: self.several(self.literal, 6),
                        lambda: self.several(self.string, 30), lambda: self.several(lambda: self.expr(1), 4))

    def row(self):
        return "(" + self.one(lambda: self.several(self.literal, 4), self.signed, lambda: self.several(self.signed, 4),
                              lambda: self.several(lambda: self.one(self.literal, "default", "now()", self.signed), 4), "") + ")"

    def rows_list(self):
        return self.several(lambda: f"({self.signed()}, {self.literal()})", 5)

    def item(self, d):
        return self.one(lambda: str(self.r.randint(0, 9)), self.column, lambda: self.expr(d - 1), self.signed) + self.one("", "", " asc", " desc")

    def items(self, d):
        return self.several(lambda: self.item(d), 4)

    def source(self, d):
        if d > 0 and self.r.random() < 0.2:
            return f"({self.select(d - 1)}) as {self.r.choice(['x', 'y', 'sub'])}"
        return self.table() + self.one("", "", " x", " as y", " partition (p0)", " use index (i, j)", " force index for join (primary)", " ignore key ()")

    def sources(self, d):
        out = self.source(d)
        for _ in range(self.r.choice([0, 0, 1, 1, 2])):
            kind = self.r.choice(["join", "inner join", "left join", "left outer join", "right join", "cross join", "straight_join", "natural join", ","])
            out += f" {kind} {self.source(d)}" if kind in ("natural join", ",") else f" {kind} {self.source(d)} {self.one(lambda: 'on ' + self.expr(1), 'using (a, b)', 'on t.id = x.id')}"
        return out

    def hint(self):
        return self.r.choice(["/*+ MAX_EXECUTION_TIME(1000) */ ", "/*+ no_index_merge(t1@qb1 idx) */ ", "/*+ BKA(t1, t2) NO_BNL(x) */ ",
                              "/*+ SET_VAR(sort_buffer_size = 16M) */ ", "/*+ qb_name(q1) semijoin(@q1 firstmatch) */ ", "/*! SQL_NO_CACHE */ ",
                              "/*!80000 sql_small_result */ ", "/* plain */ ", "/*+ */ ", "/*+ join_order(t1@`a b`, x) set_var(a='x') */ "])

    def select(self, d=2):
        s = "select " + self.maybe(self.hint, 0.15) + self.one("", "", "", "distinct ", "all ", "sql_calc_found_rows ", "straight_join ", "high_priority ")
        s += self.several(lambda: self.one("*", "t.*", lambda: self.expr(d), lambda: self.expr(d) + self.one(" as x", " y", " as 'z'", " `w`", ' as "v"')), 4)
        if self.r.random() < 0.12:
            return s
        s += f" from {self.sources(d)}"
        s += self.maybe(lambda: f" where {self.expr(d)}", 0.7) + self.maybe(lambda: f" group by {self.items(d)}{self.maybe(' with rollup', 0.3)}", 0.25).replace(" asc", "").replace(" desc", "")
        s += self.maybe(lambda: f" having {self.expr(1)}", 0.15) + self.maybe(lambda: f" window w as ({self.window(d)})", 0.08)
        s += self.maybe(lambda: f" order by {self.items(d)}", 0.35)
        s += self.maybe(lambda: self.one(" limit 10", " limit 5, 10", " limit 10 offset 20"), 0.35)
        return s + self.maybe(lambda: self.one(" for update", " for share skip locked", " lock in share mode", " for update of t nowait", " into @a, @b"), 0.1)

    def query(self):
        return self.one(
            self.select, self.select, self.select, self.select, lambda: f"({self.select()}) union {self.one('', 'all ', 'distinct ')}({self.select()}) order by {self.items(1)}",
            lambda: f"{self.select(1)} {self.r.choice(['union', 'except', 'intersect'])} {self.select(1)}",
            lambda: f"with x as ({self.select(1)}), y (a, b) as ({self.select(1)}) {self.select(1)}",
            lambda: f"with recursive r as (select 1 as n union all select n + {self.signed()} from r where n < {self.signed()}) {self.select(1)}",
            lambda: f"table {self.table()} order by {self.items(1)} limit 3", lambda: f"values {self.several(lambda: 'row' + self.row(), 3)}",
            lambda: f"explain {self.maybe(lambda: self.one('format=json ', 'analyze ', 'format = tree '))}{self.select(1)}", lambda: f"do {self.expr(1)}, {self.signed()}",
            lambda: f"select * from json_table(a, '$[*]' columns (x int path '$.x' default '{self.r.randint(0, 9)}' on empty null on error, o for ordinality)) as j")

    def write(self):
        return self.one(
            lambda: f"insert {self.maybe('ignore ', 0.2)}into {self.table()} {self.maybe('(a, b, `c`) ')}values {self.several(self.row, 5)}" +
            self.maybe(lambda: f" on duplicate key update a = {self.expr(1)}, b = values(b) {self.r.choice('+-')} {self.signed()}", 0.25),
            lambda: f"insert into {self.table()} values {','.join([self.row()] * self.r.randint(2, 40))} as new on duplicate key update a = new.a",
            lambda: f"insert into {self.table()} set a = {self.expr(1)}, b = default, c = {self.signed()}", lambda: f"insert into {self.table()} {self.select(1)}",
            lambda: f"replace into {self.table()} (a, b) values {self.several(self.row, 3)}", lambda: f"insert into t () values ()",
            lambda: f"update {self.maybe('low_priority ', 0.1)}{self.table()} set a = {self.expr(1)}, b = {self.signed()}, c = null where {self.expr(1)}{self.maybe(' limit 5')}",
            lambda: f"update t1 join t on t1.a = t.a set t1.b = {self.expr(1)} where t.c in ({self.values_list()})", lambda: f"delete from {self.table()} where {self.expr(1)}{self.maybe(' order by 1, a limit 10')}",
            lambda: f"delete t, t1 from t join t1 using (id) where {self.expr(1)}", lambda: f"call p({self.several(lambda: self.expr(1), 4)})",
            lambda: f"load data local infile {self.string()} into table {self.table()} fields terminated by ',' enclosed by '\"' lines terminated by '\\n' ignore 1 lines (a, @b) set c = @b + {self.signed()}")

    def column_def(self):
        kind = self.r.choice(["int", "INT(10) unsigned", "bigint", "varchar(255)", "char(3) character set latin1", "decimal(10,2)", "double", "float(7,4)", "text", "json",
                              "datetime(6)", "timestamp", "enum('a','b')", "set('x')", "bool", "tinyint(1)", "mediumint", "blob", "varbinary(16)", "bit(8)", "year", "double precision",
                              "long varchar", "national varchar(3)", "int4", "int8", "integer zerofill", "geometry srid 4326", "real", "numeric(5)", "dec", "fixed(3)"])
        return f"{self.name()} {kind}" + self.maybe(lambda: self.one(" not null", " null", " not null default 0", f" default {self.signed()}", " default null", f" default {self.string()}"), 0.6) + self.maybe(
            lambda: self.one(" auto_increment primary key", " unique", f" comment {self.string()}", " default (uuid())", " generated always as (a + 1) stored", " as (a) virtual not null",
                             " on update current_timestamp", " references x(y) on delete set null", " check (a > -1)", " collate utf8mb4_bin", " invisible"), 0.3)

    def ddl(self):
        return self.one(
            lambda: f"create {self.maybe('temporary ', 0.2)}table {self.maybe('if not exists ')}{self.table()} ({self.several(self.column_def, 5)}{self.maybe(', primary key (id), unique key k (a, b desc), key (c(10)), foreign key (a) references x (a) on delete cascade on update set null')})" +
            self.maybe(lambda: " engine=InnoDB default charset=utf8mb4 auto_increment=5 comment='x' row_format=dynamic"), lambda: f"create table {self.table()} as {self.select(1)}", "create table a like b",
            lambda: f"create table p ({self.column_def()}) partition by range (id) (partition p0 values less than ({self.number()}), partition p1 values less than maxvalue)",
            lambda: "create table p (a int) partition by list (a) (partition p0 values in (1, 2, null), partition p1 values in (3))", lambda: f"create table p (a int) partition by hash (a + {self.number()}) partitions 4",
            lambda: f"alter table {self.table()} add column {self.column_def()} {self.one('', 'first', 'after a')}", lambda: f"alter table t modify {self.column_def()}, drop column b, add index i (a), algorithm=inplace, lock=none",
            lambda: f"alter table t change a {self.column_def()}, rename to u, alter b set default {self.signed()}, order by a, b desc", "drop table if exists a, b.c", "truncate table t", "rename table a to b, c to d",
            lambda: f"create {self.r.choice(['', 'unique ', 'fulltext ', 'spatial '])}index i on t (a, b(10) desc, (c + 1))", "drop index i on t", lambda: f"create or replace view v (a, b) as {self.select(1)} with check option",
            lambda: f"create trigger tr before insert on t for each row set new.a = {self.expr(1)}, @x = {self.signed()}", lambda: f"create event e on schedule every {self.number()} day starts '2020-01-01' do delete from t where a < {self.signed()}",
            lambda: f"create procedure p(in a int, out b varchar(10)) begin declare x int default {self.signed()}; declare continue handler for sqlstate '02000' set x = null; if a > {self.signed()} then set b = {self.literal()}; else set x = -1; end if; {self.select(1)}; end",
            lambda: f"create function f(a int) returns int deterministic return {self.expr(1)}", "drop procedure if exists p", "create database if not exists d character set utf8mb4 collate utf8mb4_bin", "drop schema d",
            "create user 'a'@'localhost' identified by 'secret', b identified with caching_sha2_password by 'x' require ssl", "grant select, insert (a, b) on db.* to 'a'@'%' with grant option", "revoke all privileges on *.* from a@localhost",
            "alter user 'a'@'%' password expire never", "set password for a@b = 'x'", "drop user a, 'b'@'c'", "create role r", "flush tables t with read lock", "analyze table t", "optimize table a, b", "check table t extended", "lock tables t read, u as x write", "unlock tables",
            "alter database d charset utf8", "alter table t partition by key (a) partitions 3", "alter table t discard tablespace", "alter table t add constraint c check (a in (1,2,3)) not enforced")

    def admin(self):
        return self.one(
            lambda: f"set {self.one('', 'session ', 'global ', '@@', '@@session.', 'local ', 'persist ')}{self.r.choice(['sql_mode', 'autocommit', 'wait_timeout', 'time_zone', 'sort_buffer_size'])} = {self.one(self.literal, self.signed, 'default', 'on', 'off')}",
            lambda: f"set @a = {self.expr(1)}, @b := {self.signed()}, @`c` = null", "set names utf8mb4", "set names 'utf8mb4' collate 'utf8mb4_bin'", "set character set latin1", "set transaction isolation level read committed, read only",
            "set session transaction isolation level repeatable read", "start transaction", "start transaction with consistent snapshot, read write", "begin", "begin work", "commit", "commit and chain no release", "rollback", "rollback to savepoint sp", "savepoint sp", "release savepoint sp",
            "xa start 'x'", "xa end 'x','y',3", "xa prepare 'x'", "xa commit 'x' one phase", "xa recover", lambda: f"show {self.r.choice(['tables', 'databases', 'full columns from t', 'index from t', 'variables', 'status', 'processlist', 'warnings', 'create table t', 'grants for a@b', 'engines', 'table status', 'binary logs', 'triggers', 'events', 'collation', 'character set', 'open tables', 'plugins', 'privileges', 'engine innodb status', 'count(*) errors', 'warnings limit 5', 'warnings limit 1, 5'])}",
            lambda: f"show {self.one('global ', 'session ', '')}variables like {self.string()}", lambda: f"show {self.one('global ', '')}status where variable_name in ({self.values_list()})", lambda: f"show tables from db like {self.string()}",
            lambda: f"kill {self.number()}", lambda: f"kill query {self.number()}", "use db", "use `my db`", lambda: f"prepare s from {self.string()}", "execute s using @a, @b", "deallocate prepare s", "describe t", "desc t a", "explain t", "help 'x'", "handler t open", "handler t read i = (1, 2) limit 3", "handler t close",
            lambda: f"signal sqlstate '45000' set message_text = {self.string()}, mysql_errno = {self.number()}", "get diagnostics @a = row_count", "resignal", "purge binary logs to 'x'", "reset binary logs and gtids", "change replication source to source_host='x', source_port=3306, source_auto_position=1",
            "start replica", "stop replica io_thread", "flush privileges", "install plugin a soname 'x.so'", "cache index t in hot", "shutdown", "restart", "clone local data directory = '/x'", "alter instance reload tls", "lock instance for backup", "binlog 'x'", "import table from 'x'")

    def statement(self):
        return self.one(self.query, self.query, self.query, self.query, self.write, self.write, self.ddl, self.admin)


BLANKS = [" ", " ", "  ", "\n", "\t ", " /* c' */ ", " -- it's\n", " # \"x\n", "/**/ ", "\r\n", " /*!80000 */ ", " /*!99999 'x' */ "]
TOKEN = re.compile(r"""(/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`)|( +)|([A-Za-z]+)""", re.S)


def disguised(sql, rng):
    """The same statement with other white space, comments and letter case outside of quotes and names: for most one digest."""

    def change(m):
        if m.group(2):
            return rng.choice(BLANKS) if rng.random() < 0.2 else " "
        if m.group(3):
            return m.group(3).upper() if rng.random() < 0.3 and len(m.group(3)) > 2 else m.group(3)
        return m.group(1)

    return TOKEN.sub(change, sql) + rng.choice(["", "", ";", " ; ", " -- end", "/* end */"])


MODES = ["", "", "", "", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "IGNORE_SPACE", "PIPES_AS_CONCAT", "HIGH_NOT_PRECEDENCE",
         "ANSI_QUOTES,IGNORE_SPACE,PIPES_AS_CONCAT", "NO_BACKSLASH_ESCAPES,ANSI_QUOTES"]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--random", type=int, default=3000)
    options.add_argument("--known", action="store_true", help="those that are known to differ (known.txt), nothing else")
    options = options.parse_args()
    if options.known:
        cases("known.txt")
        return
    cases("cases.txt")
    keywords()
    odd_bytes()
    long_ones()
    for i in range(options.random):
        maker = Maker(f"{options.seed}/{i}")
        mode = maker.r.choice(MODES)
        sql = maker.statement()
        emit(sql, mode)
        emit(disguised(sql, maker.r), mode)


if __name__ == "__main__":
    main()
