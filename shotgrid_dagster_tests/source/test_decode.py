import json
from datetime import date, datetime, timezone
from typing import Any

import msgspec
import pytest

from shotgrid_dagster.site import EntityType, Field
from shotgrid_dagster.source.tables.column_names import column_name
from shotgrid_dagster.source.tables.columns import layout
from shotgrid_dagster.source.tables.decode import ROWS_AT_ONCE, Decoded, PageDecoder
from shotgrid_dagster.source.tables.values import stable_url

LINKS = {"links": {"self": "/api/v1.1/entity/shots/_search", "next": "?page"}}


def page(*rows: dict[str, Any]) -> bytes:
    """A page as a site sends it: rows of `{id, attributes, relationships}`."""
    data = [{"type": "Shot", "attributes": {}, "relationships": {}, **row} for row in rows]
    return json.dumps({"data": data, **LINKS}, ensure_ascii=False).encode()


def decode(data_type: str, *values: object, **given: Any) -> Decoded:
    field = Field("f", "F", data_type, **given)
    rows = [{"id": n, "attributes": {"f": value}} for n, value in enumerate(values, start=1)]
    return PageDecoder(layout(EntityType("Shot", "Shot", (field,))))(page(*rows))


def values(decoded: Decoded, column: str = "f") -> Any:
    return decoded.table[column].to_pylist()


def test_floats_come_as_strings_and_become_numbers() -> None:
    decoded = decode("float", "0.04", "100000000000000000000.0", None, 2, 0.5, "1e-9")
    assert values(decoded) == [0.04, 1e20, None, 2.0, 0.5, 1e-9]


def test_a_number_at_the_edge_of_32_bits_is_exact() -> None:
    assert values(decode("number", 2**31 - 1, -(2**31), 0, None)) == [2**31 - 1, -(2**31), 0, None]


def test_a_number_that_comes_as_a_string_is_read() -> None:
    assert values(decode("number", "10", 3)) == [10, 3]


def test_dates_and_times_are_utc_and_whole() -> None:
    assert values(decode("date_time", "2026-03-04T05:06:07Z", None)) == [
        datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc),
        None,
    ]
    assert values(decode("date", "2024-02-29", None)) == [date(2024, 2, 29), None]


def test_texts_keep_emoji_right_to_left_and_line_ends() -> None:
    texts = ["🎬 okay", "לילה טוב", "a\r\nb", "", "x" * 1_000_000]
    assert values(decode("text", *texts)) == texts


def test_a_link_is_split_and_an_empty_one_is_null() -> None:
    field = Field("entity", "Link", "entity")
    rows = [
        {"id": 1, "relationships": {"entity": {"data": {"id": 7, "name": "ab", "type": "Asset"}}}},
        {"id": 2, "relationships": {"entity": {"data": None, "links": {}}}},
        {"id": 3, "relationships": {}},
    ]
    table = PageDecoder(layout(EntityType("Shot", "Shot", (field,))))(page(*rows)).table
    assert table.to_pylist() == [
        {"id": 1, "entity__id": 7, "entity__type": "Asset", "entity__name": "ab"},
        {"id": 2, "entity__id": None, "entity__type": None, "entity__name": None},
        {"id": 3, "entity__id": None, "entity__type": None, "entity__name": None},
    ]


def test_a_list_of_links_keeps_its_order_and_an_empty_one_is_an_empty_list() -> None:
    field = Field("assets", "Assets", "multi_entity")
    links = [{"id": 9, "name": "é", "type": "Asset"}, {"id": 2, "name": None, "type": "Asset"}]
    rows = [
        {"id": 1, "relationships": {"assets": {"data": links}}},
        {"id": 2, "relationships": {"assets": {"data": []}}},
    ]
    table = PageDecoder(layout(EntityType("Shot", "Shot", (field,))))(page(*rows)).table
    assert [json.loads(text) for text in table["assets"].to_pylist()] == [links, []]


SIGNED = "https://media.example/a/0a1b/thumb.jpg?X-Amz-Signature=secret&X-Amz-Expires=900"


def test_no_signature_is_kept_of_an_image() -> None:
    assert values(decode("image", SIGNED, None)) == ["/a/0a1b/thumb.jpg", None]


def test_the_three_shapes_of_a_url_keep_what_is_stable() -> None:
    upload = {"url": SIGNED, "name": "a.mov", "link_type": "upload", "type": "Attachment", "id": 5}
    web = {"url": "https://example.com/x?page=2", "link_type": "web", "id": 6}
    local = {"link_type": "local", "relative_path": "show/a.ma", "id": 7}
    kept = [json.loads(str(v)) for v in values(decode("url", upload, web, local, "/page/12"))]
    assert kept == [{**upload, "url": "/a/0a1b/thumb.jpg"}, web, local, "/page/12"]
    assert stable_url(None) is None


@pytest.mark.parametrize("data_type", ["serializable", "jsonb", "tag_list", "from_the_future"])
def test_json_values_are_kept_as_they_came(data_type: str) -> None:
    given = [{"b": [1, {"ü": None}], "a": 1.5}, [1, "x"], None, "text", 0, False]
    kept = values(decode(data_type, *given))
    assert [None if item is None else json.loads(str(item)) for item in kept] == given


def test_a_value_that_does_not_fit_is_left_empty_and_counted_and_the_rest_is_read() -> None:
    decoded = decode("number", 1, 2.5, "many", True, 2**63, None, 4)
    assert values(decoded) == [1, None, None, None, None, None, 4]
    assert decoded.refused == {"f": 4}


@pytest.mark.parametrize(
    ("data_type", "bad"),
    [
        ("text", 5),
        ("float", "NaN"),
        ("float", "Infinity"),
        ("float", "1,226"),
        ("checkbox", "maybe"),
        ("date", "2026-02-30"),
        ("date", "2026-03-04T00:00:00Z"),
        ("date_time", "yesterday"),
        ("image", {"a": 1}),
    ],
)
def test_nothing_is_rounded_or_guessed_from_a_bad_value(data_type: str, bad: object) -> None:
    decoded = decode(data_type, bad, None)
    assert values(decoded) == [None, None]
    assert decoded.refused == {"f": 1}


def test_the_slow_way_gives_the_same_as_the_fast_one() -> None:
    fields = (
        Field("code", "Code", "text"),
        Field("n", "N", "number"),
        Field("x", "X", "float"),
        Field("ok", "OK", "checkbox"),
        Field("on", "On", "date"),
        Field("at", "At", "date_time"),
        Field("image", "Image", "image"),
        Field("file", "File", "url"),
        Field("meta", "Meta", "serializable"),
        Field("entity", "Link", "entity"),
        Field("assets", "Assets", "multi_entity"),
    )
    row = {
        "attributes": {
            "code": "sh010",
            "n": 3,
            "x": "1.500000",
            "ok": True,
            "on": "2026-03-04",
            "at": "2026-03-04T05:06:07Z",
            "image": SIGNED,
            "file": {"url": SIGNED, "link_type": "upload", "id": 1},
            "meta": {"a": [1, 2]},
        },
        "relationships": {
            "entity": {"data": {"id": 1, "name": "a", "type": "Shot"}},
            "assets": {"data": [{"id": 2, "name": "b", "type": "Asset"}]},
        },
    }
    decoder = PageDecoder(layout(EntityType("Shot", "Shot", fields)))
    raw = page({"id": 1, **row}, {"id": 2})
    # Compact, as a site sends it: lists of links are kept as they came.
    raw = msgspec.json.encode(msgspec.json.decode(raw))
    assert decoder._slowly(raw).table.equals(decoder(raw).table)


def test_a_page_of_any_length_gives_all_its_rows_in_order_and_one_bad_value_costs_no_other() -> (
    None
):
    for length in (1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 3 * ROWS_AT_ONCE - 1):
        texts: list[object] = [f"shot {n}" for n in range(length)]
        decoded = decode("text", *texts)
        assert (decoded.count, decoded.ids[-1]) == (length, length)
        assert values(decoded) == texts
        spoilt = decode("text", *texts[:-1], 7)
        assert values(spoilt) == [*texts[:-1], None]
        assert [bad_value.id for bad_value in spoilt.bad] == [length]


def test_a_field_may_be_called_anything() -> None:
    names = ["class", "sg-weird.name", "id_", "f0", "名前", "x" * 80]
    fields = tuple(Field(name, name, "text") for name in names)
    raw = page({"id": 1, "attributes": {name: name for name in names}})
    table = PageDecoder(layout(EntityType("Shot", "Shot", fields)))(raw).table
    assert table.to_pylist() == [{"id": 1, **{column_name(name): name for name in names}}]


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"<html>", b'{"data": [', b"[]", b"{}", b'{"links": {}}', b"null"),
        *(b'{"data": {}, "links": {}}', b'{"data": null}', b'{"data": [null]}'),
        b'{"data": [{"id": 1, "attributes": {}, "relationships": null}]}',
    ],
)
def test_what_is_no_page_of_rows_is_an_error_and_never_an_empty_page(raw: bytes) -> None:
    decoder = PageDecoder(layout(EntityType("Shot", "Shot", (Field("code", "C", "text"),))))
    with pytest.raises(msgspec.DecodeError):
        decoder(raw)


def test_a_page_without_rows_ends_a_walk() -> None:
    decoded = decode("text")
    assert (decoded.count, decoded.ids) == (0, [])


@pytest.mark.parametrize("links", ["", ', "links": null', ', "links": "/next"'])
def test_the_links_of_a_page_are_not_used_whatever_they_are(links: str) -> None:
    decoder = PageDecoder(layout(EntityType("Shot", "Shot", (Field("code", "C", "text"),))))
    row = '{"id": 7, "attributes": {"code": "a"}, "relationships": {}}'
    assert decoder(f'{{"data": [{row}]{links}}}'.encode()).ids == [7]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b'"a\\ud83d b"', "not a text, nor JSON that can be read"),
        (b'"\xff"', "not a text, nor JSON that can be read"),
        (b'"a\x01"', "not a text, nor JSON that can be read"),
        (b"NaN", "not a text, nor JSON that can be read"),
        (b"[" * 5000 + b"]" * 5000, "it is nested too deep"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_value_that_no_reader_takes_is_left_empty_and_its_row_and_page_are_read(
    value: bytes, reason: str
) -> None:
    fields = (Field("code", "Code", "text"), Field("f", "F", "text"))
    first, second = {"code": "a", "f": "@"}, {"f": "b"}
    raw = page({"id": 1, "attributes": first}, {"id": 2, "attributes": second})
    decoded = PageDecoder(layout(EntityType("Shot", "Shot", fields)))(raw.replace(b'"@"', value))
    assert decoded.table.to_pylist() == [
        {"id": 1, "code": "a", "f": None},
        {"id": 2, "code": None, "f": "b"},
    ]
    assert [(bad.id, bad.field, bad.reason) for bad in decoded.bad] == [(1, "f", reason)]


@pytest.mark.parametrize("cut", [1, 20, 60, -1, -2])
def test_a_page_that_broke_off_is_no_page_although_one_of_its_values_cannot_be_read(
    cut: int,
) -> None:
    raw = page({"id": 1, "attributes": {"f": "@"}}).replace(b"@", b"\\ud83d")
    decoder = PageDecoder(layout(EntityType("Shot", "Shot", (Field("f", "F", "text"),))))
    assert decoder(raw).refused == {"f": 1}
    with pytest.raises(msgspec.DecodeError) as raised:
        decoder(raw[:cut])
    assert not isinstance(raised.value, msgspec.ValidationError)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_outside_of_the_calendar_is_bad_and_the_last_within_it_good(text: str) -> None:
    decoded = decode("date_time", text, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z")
    assert decoded.refused == {"f": 1}
    assert decoded.table["f"].null_count == 1
