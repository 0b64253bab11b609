"""Values that no field should have: JSON that fits no data type, and what is no JSON at all."""

from __future__ import annotations

DATA_TYPES = (
    *("text", "list", "status_list", "entity_type", "color", "uuid", "footage", "image"),
    *("number", "percent", "timecode", "duration", "float", "currency", "checkbox"),
    *("date", "date_time", "entity", "multi_entity", "addressing", "url", "serializable"),
    *("jsonb", "tag_list", "calculated", "summary", "from_the_future"),
)

ONE_A_KIND = (
    *("text", "number", "float", "checkbox", "date", "date_time", "image", "url", "jsonb"),
    *("entity", "multi_entity"),
)
"""One data type of each kind of column."""

DEEP = 5_000

VALUES: tuple[bytes, ...] = (
    # truth, numbers
    *(b"true", b"false", b"0", b"-0", b"-1", b"1.5", b"1E5", b"1e400", b"-1e400", b"1e-400"),
    *(str(number).encode() for number in (2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**400)),
    b"1" * 5_000,
    *(b"NaN", b"Infinity", b"-Infinity"),
    # texts
    *(b'""', b'" "', b'"0"', b'"many"', b'"NaN"', b'"Infinity"', b'"1e400"', b'" 7 "', b'"1_000"'),
    *(b'"0x10"', b'"true"', '"١٢٣"'.encode(), '"a\u202eb\u200b"'.encode(), b'"\\ufffe\\uffff"'),
    *(b'"it\'s; drop table x; --"', b'"a\\"b\\\\c"', b'"%s {0} $1 ?"', b'"' + b"x" * 10_000 + b'"'),
    # texts that are none
    *(b'"a\\ud83d b"', b'"\\udc00"', b'"\\ud83d\\u0041"', b'"\\udc00\\ud83d"', b'"\\ud83d"'),
    *(b'"\\u0000"', b'"a\\u0000b"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\xc0\xaf"', b'"\xe2\x82"'),
    *(b'"a\x01b"', b'"a\nb"', b'"a\x00b"', b'"\\x41"', b'"\\u12"'),
    # lists, objects, links
    *(b"[]", b"{}", b"[null]", b"[[]]", b'[1, "x", null, {}]', b'{"": ""}', b'{"a": 1, "a": 2}'),
    *(b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    *(b'{"a": 1e400}', b'["a\\ud83d"]', b'{"a\\ud83d": 1}', b'{"a": "\xff"}', b"[NaN]"),
    *(b'{"id": 1}', b'{"id": "x", "type": "Shot"}', b'{"id": true, "type": "Shot"}'),
    *(b'{"id": 1e400, "type": "Shot"}', b'{"id": 99999999999999999999, "type": "Shot"}'),
    *(b'{"id": 1.5, "type": "Shot"}', b'{"id": 1, "type": 5}', b'{"id": 7, "type": "Shot"}'),
    *(b'{"id": 1, "type": "Shot", "name": "\\ud83d"}', b'{"id": 1, "type": "Shot", "name": []}'),
    *(b'[{"id": "x", "type": "Shot"}]', b'[{"id": 99999999999999999999, "type": "Shot"}]'),
    # addresses
    *(b'"http://[::bad/x"', b'{"url": "http://[::bad/x", "link_type": "upload"}', b'{"url": 5}'),
    *(b'{"url": {"a": 1}, "link_type": "upload"}', b'{"url": "http://[::bad", "link_type": "web"}'),
    # dates and times
    *(b'"2026-02-30"', b'"0000-00-00"', b'"10000-01-01"', b'"2026-03-04"', b'"0001-01-01"'),
    *(b'"9999-12-31"', b'"2026-02-28T25:00:00Z"', b'"2026-03-04T05:06:07"', b'"12:34:56"'),
    *(b'"0001-01-01T00:00:00Z"', b'"9999-12-31T23:59:59Z"', b'"2026-03-04T23:59:60Z"'),
    *(b'"0001-01-01T00:00:00+14:00"', b'"9999-12-31T23:59:59-14:00"', b'"infinity"'),
)
"""As they are sent. None is null: that is no value."""
