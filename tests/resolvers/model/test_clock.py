"""Instants that others give."""

import pytest

from resolvers.model import clock


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-11-22T10:00:00+01:00", "2026-11-22T09:00:00.000000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_kept_in_utc_with_four_digits_of_year(given, kept):
    assert clock.parse(given) == kept


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("0999-01-01T00:00:00Z", "between the years 1970 and 9999"),
        ("1969-12-31T23:59:59Z", "between the years 1970 and 9999"),
        ("1970-01-01T00:30:00+01:00", "between the years 1970 and 9999"),
        ("9999-12-31T23:59:59-01:00", "between the years 1970 and 9999"),
        ("10000-01-01T00:00:00Z", "not a valid time"),
        ("2026-11-22", "not a valid time"),
        ("2026-11-22T10:00:00", "not a valid time"),
        ("2026-02-30T10:00:00Z", "not a valid time"),
        ("2016-12-31T23:59:60Z", "not a valid time"),
        ("+12026-11-22T10:00:00Z", "not a valid time"),
        ("2026-11-22T10:00:00+24:00", "not a valid time"),
        ("٢٠٢٦-11-22T10:00:00Z", "not a valid time"),
        ("", "not a valid time"),
        ("soon", "not a valid time"),
        (5, "not a valid time"),
    ],
)
def test_what_is_no_instant_of_ours_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        clock.parse(given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2027-06-30", "2027-06-30"),
        ("2028-02-29", "2028-02-29"),
        ("2027-06-30T23:30:00-12:00", "2027-06-30"),
        ("1970-01-01", "1970-01-01"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_a_day_is_kept_with_four_digits_of_year(given, kept):
    assert clock.parse_day(given) == kept


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("1969-12-31", "between the years 1970 and 9999"),
        ("0001-01-01", "between the years 1970 and 9999"),
        ("10000-01-01", "is not a day"),
        ("2027-02-29", "is not a day"),
        ("2027-06-30\n", "is not a day"),
        ("2027-06-30T10:00:00", "is not a day"),
        ("20270630", "is not a day"),
        ("2027-W26-3", "is not a day"),
        (20270630, "is not a day"),
        (None, "is not a day"),
        (["2027-06-30"], "is not a day"),
    ],
)
def test_what_is_no_day_of_ours_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        clock.parse_day(given)
