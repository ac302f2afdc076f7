"""The rows of a table as a source, without a server: on SQLite and on PostgreSQL."""

import dataclasses
import datetime as dt
import decimal
import enum
import logging
import threading
import time
import uuid
from pathlib import Path
from typing import Any, NewType

import pytest
import sqlalchemy

from tests.sql_tables import Order, Orders, opened, postgresql_if_any, url
from typedserver.errors import CompositionError, LeaseLost, LifecycleError, TriedTooOften
from typedserver.protocols.sources import Leased
from typedserver.sources.retries import Retries
from typedserver.sources.sql_delivery import SQLDelivery
from typedserver.sources.sql_layout import LeaseColumns
from typedserver.sources.sql_source import SQLSource
from typedserver.sources.sql_table import SQLTable, redeliver

# Fixtures are found by their names.
__all__ = ["postgresql_if_any", "url"]

PATIENCE = 30.0


def goods_of(leased: "list[Leased[Order]] | Any") -> list[str]:
    return [each.message.goods for each in leased]


def attempts_of(leased: Any) -> list[int]:
    return [each.delivery.attempt for each in leased]


def settle(source: SQLSource[Any], leased: Any) -> None:
    source.acknowledge_all(leased)
    source.flush()


def received(source: SQLSource[Any], most: int = 10) -> list[Leased[Any]]:
    """Receive until there is something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if leased := source.receive(most, 0.05):
            return list(leased)
    raise AssertionError("nothing was received")


FAST = Retries(max_attempts=3, min_backoff=0.01, max_backoff=0.02)


# Lending


def test_row_is_lent_as_the_dataclass_with_where_it_came_from(url: str) -> None:
    recipe = SQLTable(url, "orders", Order)
    orders = Orders(recipe)
    orders.add("tea")
    with opened(recipe) as source:
        (leased,) = source.receive(5, 0)
        assert leased.message == Order(id=1, goods="tea")
        assert isinstance(leased.delivery, SQLDelivery)
        assert (leased.delivery.key, leased.delivery.attempt, leased.delivery.source) == (1, 1, source.name)
        assert source.name.startswith("orders@")


def test_rows_are_lent_in_the_order_of_their_keys_and_not_more_than_asked_for(url: str) -> None:
    recipe = SQLTable(url, "orders", Order)
    orders = Orders(recipe)
    orders.add(*"abcdefg")
    with opened(recipe) as source:
        assert [goods_of(source.receive(3, 0)) for _ in range(4)] == [["a", "b", "c"], ["d", "e", "f"], ["g"], []]


def test_row_is_lent_to_one_source_at_a_time(url: str) -> None:
    recipe = SQLTable(url, "orders", Order)
    Orders(recipe).add(*map(str, range(200)))
    taken: list[str] = []
    errors: list[BaseException] = []

    def take() -> None:
        try:
            with opened(recipe) as source:
                while leased := source.receive(7, 0):
                    taken.extend(goods_of(leased))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert errors == []
    assert sorted(taken, key=int) == [str(number) for number in range(200)]


def test_receive_waits_for_a_row_no_longer_than_it_is_told(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, poll=0.02)
    orders = Orders(recipe)
    with opened(recipe) as source:
        began = time.monotonic()
        assert source.receive(1, 0.1) == []
        assert 0.09 < time.monotonic() - began < PATIENCE
        adds = threading.Timer(0.05, orders.add, ["tea"])
        adds.start()
        assert goods_of(source.receive(1, PATIENCE)) == ["tea"]
        adds.join()


def test_closed_source_lends_nothing(url: str) -> None:
    recipe = SQLTable(url, "orders", Order)
    Orders(recipe)
    source = recipe.open()
    source.close()
    source.close()
    with pytest.raises(LifecycleError, match="closed"):
        source.receive(1, 0)


# Settling


def test_row_that_is_acknowledged_is_deleted(url: str) -> None:
    recipe = SQLTable(url, "orders", Order)
    orders = Orders(recipe)
    orders.add(*"abc")
    with opened(recipe) as source:
        settle(source, source.receive(2, 0))
        assert orders.goods() == ["c"]


def test_row_that_is_acknowledged_is_marked_if_the_recipe_says_so(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, when_done="mark")
    orders = Orders(recipe)
    orders.add(*"ab")
    with opened(recipe) as source:
        settle(source, source.receive(1, 0))
        done, waiting = orders.rows()
        assert waiting["done_at"] is None
        assert done["last_error"] is None
        seconds = abs((dt.datetime.now(dt.UTC) - done["done_at"].replace(tzinfo=dt.UTC)).total_seconds())
        assert seconds < PATIENCE
        assert goods_of(source.receive(5, 0)) == ["b"]


def test_row_that_was_marked_by_hand_is_never_lent(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, when_done="mark")
    orders = Orders(recipe)
    orders.add(*"ab")
    orders.execute("UPDATE orders SET done_at = '2020-01-01 00:00:00.000000' WHERE id = 1")
    with opened(recipe) as source:
        assert goods_of(source.receive(5, 0)) == ["b"]


def test_closing_settles_what_was_noted(url: str) -> None:
    recipe = SQLTable(url, "orders", Order)
    orders = Orders(recipe)
    orders.add(*"abc")
    with opened(recipe) as source:
        first, second, _third = source.receive(3, 0)
        source.acknowledge(first)
        source.release(second)
    assert [(row["goods"], row["attempts"], row["leased_until"] is None) for row in orders.rows()] == [
        ("b", 0, True),
        ("c", 1, False),
    ]


def test_released_row_comes_again_at_once_and_it_was_no_attempt(url: str) -> None:
    recipe = SQLTable(url, "orders", Order)
    Orders(recipe).add("tea")
    with opened(recipe) as source:
        for _ in range(3):
            (leased,) = source.receive(1, PATIENCE)
            assert leased.delivery.attempt == 1
            source.release(leased)


def test_rejected_row_rests_and_is_counted_and_keeps_its_error(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, retries=Retries(max_attempts=5, min_backoff=50, max_backoff=60))
    orders = Orders(recipe)
    orders.add(*"ab")
    with opened(recipe) as source:
        first, _second = source.receive(2, 0)
        source.reject(first, ValueError("no \0 such \ud800 goods"))
        assert source.receive(2, 0) == []
        row = orders.rows()[0]
        assert row["last_error"] == "ValueError: no \\0 such \\ud800 goods"
        rests = row["leased_until"].replace(tzinfo=dt.UTC) - dt.datetime.now(dt.UTC)
        assert 50 - PATIENCE < rests.total_seconds() <= 50.5
        orders.expire(1)
        (again,) = source.receive(2, 0)
        assert (again.message.goods, again.delivery.attempt) == ("a", 2)
        source.reject(again, ValueError())
        source.flush()
        rests = orders.rows()[0]["leased_until"].replace(tzinfo=dt.UTC) - dt.datetime.now(dt.UTC)
        assert 60 - PATIENCE < rests.total_seconds() <= 60.5


def test_rejected_row_comes_again_when_its_rest_is_over_though_the_poll_is_long(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, retries=FAST, poll=PATIENCE * 2)
    Orders(recipe).add("tea")
    with opened(recipe) as source:
        source.reject(source.receive(1, 0)[0], ValueError())
        assert attempts_of(received(source)) == [2]


def test_row_that_was_tried_too_often_stays_and_is_never_lent_again(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, retries=FAST, poll=0.01)
    orders = Orders(recipe)
    orders.add("tea")
    with opened(recipe) as source:
        for attempt in (1, 2, 3):
            (leased,) = received(source)
            assert leased.delivery.attempt == attempt
            source.reject(leased, ValueError(f"attempt {attempt}"))
        assert source.receive(1, 0.1) == []
        (row,) = orders.rows()
        assert (row["last_error"], row["attempts"]) == ("ValueError: attempt 3", 3)
        assert row["leased_until"].year == 9999


def test_dead_rows_are_put_back_by_redeliver_and_no_others(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, retries=Retries(max_attempts=1), when_done="mark")
    orders = Orders(recipe)
    orders.add("dead", "done", "lent", "dead too")
    with opened(recipe) as source:
        dead, done, _lent, other = source.receive(4, 0)
        for each in (dead, other):
            source.reject(each, ValueError("bad"))
        settle(source, [done])
        assert redeliver(recipe, keys=[1, 2, 3]) == 1
        (again,) = source.receive(4, 0)
        assert (again.message.goods, again.delivery.attempt) == ("dead", 1)
        settle(source, [again])
        assert redeliver(recipe) == 1
        assert redeliver(recipe) == 0
        assert goods_of(source.receive(4, 0)) == ["dead too"]


@pytest.mark.parametrize("when_done", ["delete", "mark"])
def test_dead_letter_is_called_once_and_the_row_is_done(url: str, when_done: Any) -> None:
    letters: list[tuple[Order, str]] = []
    recipe = SQLTable(
        url,
        "orders",
        Order,
        retries=Retries(max_attempts=1),
        when_done=when_done,
        dead_letter=lambda row, error: letters.append((row, str(error))),
    )
    orders = Orders(recipe)
    orders.add("tea")
    with opened(recipe) as source:
        source.reject(source.receive(1, 0)[0], ValueError("bad"))
        assert source.receive(1, 0) == []
        assert letters == [(Order(1, "tea"), "bad")]
        assert [row["done_at"] is not None for row in orders.rows()] == ([True] if when_done == "mark" else [])
        assert redeliver(recipe) == 0


def test_row_stays_dead_if_dead_letter_fails(url: str, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_row: Order, _error: BaseException) -> None:
        raise OSError("disk full")

    recipe = SQLTable(url, "orders", Order, retries=Retries(max_attempts=1), dead_letter=fails)
    orders = Orders(recipe)
    orders.add("tea")
    with opened(recipe) as source:
        source.reject(source.receive(1, 0)[0], ValueError("bad"))
        assert source.receive(1, 0) == []
    assert orders.rows()[0]["last_error"] == "OSError: disk full\nwhile it was given ValueError: bad"
    assert "dead_letter failed" in caplog.text


def test_dead_letter_is_not_called_for_a_row_that_another_has_taken(url: str) -> None:
    letters: list[Order] = []
    recipe = SQLTable(
        url, "orders", Order, retries=Retries(max_attempts=1), dead_letter=lambda row, _error: letters.append(row)
    )
    orders = Orders(recipe)
    orders.add("tea")
    with opened(recipe) as source:
        (leased,) = source.receive(1, 0)
        orders.execute("UPDATE orders SET attempts = 2")
        source.reject(leased, ValueError("bad"))
        source.flush()
    assert letters == []
    assert orders.rows()[0]["last_error"] is None


def test_row_whose_processes_died_of_it_is_dead_in_the_end(url: str) -> None:
    letters: list[BaseException] = []
    recipe = SQLTable(
        url,
        "orders",
        Order,
        retries=Retries(max_attempts=2),
        dead_letter=lambda _row, error: letters.append(error),
    )
    orders = Orders(recipe)
    orders.add("poison")
    with opened(recipe) as source:
        for attempt in (1, 2):
            assert attempts_of(source.receive(1, 0)) == [attempt]
            orders.expire()
        assert source.receive(1, 0) == []
    assert [type(error) for error in letters] == [TriedTooOften]
    assert orders.goods() == []


# Leases


def test_row_whose_lease_has_expired_is_lent_to_another(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, lease=0.05, poll=0.01)
    Orders(recipe).add("tea")
    with opened(recipe) as one, opened(recipe) as other:
        assert attempts_of(one.receive(1, 0)) == [1]
        assert attempts_of(received(other)) == [2]


def test_renewed_lease_does_not_expire(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, lease=100)
    orders = Orders(recipe)
    orders.add(*"ab")
    with opened(recipe) as source:
        leased = source.receive(2, 0)
        orders.expire()
        source.renew_all(leased)
        source.flush()
        with opened(recipe) as other:
            assert other.receive(2, 0) == []


def test_lost_lease_is_noticed_when_it_is_settled(url: str, caplog: pytest.LogCaptureFixture) -> None:
    recipe = SQLTable(url, "orders", Order)
    orders = Orders(recipe)
    orders.add(*"abc")
    with opened(recipe) as late, opened(recipe) as other:
        first, second, third = late.receive(3, 0)
        orders.expire()
        (taken,) = other.receive(1, 0)
        assert taken.message.goods == "a"
        late.acknowledge(first)
        # Nobody else has taken these, so they are still to be settled.
        late.reject(second, ValueError())
        settle(late, [third])
        assert orders.goods() == ["a", "b"]
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert "the row 1 (attempt 1)" in caplog.text
        late.renew(first)
        late.flush()
        settle(other, [taken])
        assert orders.goods() == ["b"]


# Within the handler's own transaction


def acknowledged_within(orders: Orders, leased: Leased[Order], *, commit: bool) -> None:
    assert isinstance(leased.delivery, SQLDelivery)
    with orders.engine.connect() as connection, connection.begin() as transaction:
        leased.delivery.acknowledge(connection)
        connection.execute(sqlalchemy.text("UPDATE orders SET goods = goods || ' seen' WHERE id = 2"))
        if not commit:
            transaction.rollback()


@pytest.mark.parametrize("when_done", ["delete", "mark"])
def test_row_that_its_handler_acknowledges_is_done_with_its_transaction(
    url: str, when_done: Any, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = SQLTable(url, "orders", Order, when_done=when_done)
    orders = Orders(recipe)
    orders.add("tea", "effects")
    with opened(recipe) as source:
        (leased,) = source.receive(1, 0)
        acknowledged_within(orders, leased, commit=True)
        settle(source, [leased])
        rows = [row for row in orders.rows() if row["done_at"] is None] if when_done == "mark" else orders.rows()
        assert [row["goods"] for row in rows] == ["effects seen"]
    assert caplog.text == ""


def test_row_is_not_done_if_the_transaction_was_rolled_back(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, retries=FAST, poll=0.01)
    orders = Orders(recipe)
    orders.add("tea", "effects")
    with opened(recipe) as source:
        leased, _other = source.receive(2, 0)
        acknowledged_within(orders, leased, commit=False)
        settle(source, [leased])
        assert "rolled back" in orders.rows()[0]["last_error"]
        (again,) = received(source)
        assert (again.message.goods, again.delivery.attempt) == ("tea", 2)
        acknowledged_within(orders, again, commit=True)
        settle(source, [again])
        assert orders.goods() == ["effects seen"]


def test_handler_that_fails_after_its_transaction_leaves_the_row_done(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = SQLTable(url, "orders", Order)
    orders = Orders(recipe)
    orders.add("tea", "effects")
    with opened(recipe) as source:
        (leased,) = source.receive(1, 0)
        acknowledged_within(orders, leased, commit=True)
        source.reject(leased, ValueError())
        source.flush()
    assert orders.goods() == ["effects seen"]
    assert caplog.text == ""


def test_acknowledge_raises_if_another_has_taken_the_row(url: str) -> None:
    recipe = SQLTable(url, "orders", Order)
    orders = Orders(recipe)
    orders.add("tea")
    with opened(recipe) as late, opened(recipe) as other:
        (leased,) = late.receive(1, 0)
        orders.expire()
        (taken,) = other.receive(1, 0)
        with pytest.raises(LeaseLost, match="row 1"):
            acknowledged_within(orders, leased, commit=True)
        late.reject(leased, LeaseLost())
        late.flush()
        acknowledged_within(orders, taken, commit=True)
        settle(other, [taken])
    assert orders.goods() == []


def test_acknowledge_takes_no_connection_to_another_kind_of_database(url: str, tmp_path: Path) -> None:
    recipe = SQLTable(url, "orders", Order)
    Orders(recipe).add("tea")
    with opened(recipe) as source:
        (leased,) = source.receive(1, 0)
        assert isinstance(leased.delivery, SQLDelivery)
        other = "postgresql+psycopg" if "://" not in url else "sqlite"
        connection = sqlalchemy.create_mock_engine(f"{other}://", print)
        with pytest.raises(CompositionError, match="same database"):
            leased.delivery.acknowledge(connection)  # type: ignore[arg-type]


def test_source_does_not_wait_for_a_handler_that_settles_its_row(postgresql: Any) -> None:
    recipe = SQLTable(postgresql.url, "orders", Order)
    orders = Orders(recipe)
    orders.add(*"ab")
    with opened(recipe) as source:
        first, second = source.receive(2, 0)
        assert isinstance(first.delivery, SQLDelivery)
        with orders.engine.begin() as connection:
            first.delivery.acknowledge(connection)
            orders.expire(2)
            began = time.monotonic()
            source.renew_all([first, second])
            source.reject(first, ValueError())
            source.flush()
            assert source.receive(5, 0) == []
            assert time.monotonic() - began < 4
        assert orders.goods() == ["b"]


# Order, delays, groups


def test_rows_with_the_highest_priority_go_first(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, order_by="-priority", retries=FAST, poll=0.01)
    orders = Orders(recipe)
    orders.insert({"goods": f"{priority}{letter}", "priority": priority} for letter in "ab" for priority in (1, 3, 2))
    with opened(recipe) as source:
        assert goods_of(source.receive(3, 0)) == ["3a", "3b", "2a"]
        rest = source.receive(9, 0)
        assert goods_of(rest) == ["2b", "1a", "1b"]
        # One that comes again has its place in the order, among those that are new.
        source.reject(rest[0], ValueError())
        source.release(rest[1])
        source.flush()
        orders.expire(6)
        orders.insert([{"goods": "3c", "priority": 3}])
        assert goods_of(source.receive(9, 0)) == ["3c", "2b", "1a"]


def test_rows_are_sorted_by_several_columns(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, order_by=("-priority", "size"))
    orders = Orders(recipe)
    orders.insert(
        {"goods": f"{priority}{size}", "priority": priority, "size": size} for size in (2, 1) for priority in (1, 2)
    )
    with opened(recipe) as source:
        assert goods_of(source.receive(9, 0)) == ["21", "22", "11", "12"]


def test_row_is_not_taken_before_its_time(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, not_before="due", poll=0.01)
    orders = Orders(recipe)
    for name, seconds in (("later", 3600), ("past", -60)):
        orders.add(name, due=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds))
    orders.add("now", due=None)
    with opened(recipe) as source:
        assert sorted(goods_of(source.receive(9, 0))) == ["now", "past"]
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.1)
        orders.add("soon", due=soon)
        assert goods_of(received(source)) == ["soon"]
        assert dt.datetime.now(dt.UTC) >= soon
        assert source.receive(9, 0) == []


def test_time_of_a_row_may_be_a_number_of_seconds(url: str) -> None:
    @dataclasses.dataclass(frozen=True)
    class Timed:
        goods: str
        due: float

    recipe = SQLTable(url, "orders", Timed, not_before="due")
    orders = Orders(recipe)
    for name, seconds in (("later", 3600), ("past", -60)):
        orders.add(name, due=time.time() + seconds)
    source = recipe.open()
    assert goods_of(source.receive(9, 0)) == ["past"]
    source.close()


def test_rows_of_a_group_are_lent_one_at_a_time_and_in_order(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, group_by="customer", retries=FAST, poll=0.01)
    orders = Orders(recipe)
    orders.insert({"goods": f"{customer}{number}", "customer": customer} for number in "123" for customer in "xy")
    orders.insert({"goods": goods, "customer": None} for goods in ("free", "too"))
    with opened(recipe) as source, opened(recipe) as other:
        leased = source.receive(9, 0)
        assert goods_of(leased) == ["x1", "y1", "free", "too"]
        assert other.receive(9, 0) == []
        x1, y1, *_free = leased
        settle(source, [x1])
        (x2,) = other.receive(9, 0)
        assert x2.message.goods == "x2"
        # One that failed holds up those behind it.
        source.reject(y1, ValueError())
        source.flush()
        (again,) = received(other)
        assert (again.message.goods, again.delivery.attempt) == ("y1", 2)
        # One that is given back as well.
        other.release(x2)
        assert goods_of(other.receive(9, 0)) == ["x2"]


def test_dead_row_holds_up_no_group(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, group_by="customer", retries=Retries(max_attempts=1))
    orders = Orders(recipe)
    orders.add("dead", "next", customer="x")
    with opened(recipe) as source:
        source.reject(source.receive(9, 0)[0], ValueError())
        assert goods_of(source.receive(9, 0)) == ["next"]


def test_done_row_holds_up_no_group(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, group_by="customer", when_done="mark")
    orders = Orders(recipe)
    orders.add("done", "next", customer="x")
    with opened(recipe) as source:
        settle(source, source.receive(9, 0))
        assert goods_of(source.receive(9, 0)) == ["next"]


def test_group_whose_first_row_is_delayed_goes_on_without_it(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, group_by="customer", not_before="due")
    orders = Orders(recipe)
    orders.add("later", customer="x", due=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    orders.add("now", customer="x")
    with opened(recipe) as source:
        assert goods_of(source.receive(9, 0)) == ["now"]


def test_groups_of_rows_that_were_lent_before_there_were_groups_go_on(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, group_by="customer")
    orders = Orders(recipe)
    orders.add("one", "other", customer="x")
    orders.execute("UPDATE orders SET attempts = 1, leased_until = '2001-01-01 00:00:00.000000'")
    with opened(recipe) as source:
        (first,) = source.receive(9, 0)
        assert source.receive(9, 0) == []
        settle(source, [first])
        (second,) = source.receive(9, 0)
        assert {first.message.goods, second.message.goods} == {"one", "other"}


def test_groups_keep_their_order_with_several_sources_and_failures(url: str) -> None:
    recipe = SQLTable(
        url, "orders", Order, group_by="customer", poll=0.002, retries=Retries(max_attempts=None, min_backoff=0.001)
    )
    orders = Orders(recipe)
    orders.insert({"goods": f"{number}", "customer": f"c{number % 5}"} for number in range(60))
    lock = threading.Lock()
    running: set[int] = set()
    done: dict[int, list[int]] = {group: [] for group in range(5)}
    faults: list[str] = []

    def work(fails: int) -> None:
        with opened(recipe) as source:
            while sum(map(len, done.values())) < 60 and not faults:
                for leased in source.receive(3, 0.01):
                    number = int(leased.message.goods)
                    with lock:
                        if number % 5 in running:
                            faults.append(f"two of group {number % 5}")
                        running.add(number % 5)
                    time.sleep(0.001)
                    failed = number % fails == 0 and leased.delivery.attempt == 1
                    with lock:
                        running.discard(number % 5)
                        if not failed:
                            done[number % 5].append(number)
                    if failed:
                        source.reject(leased, ValueError())
                    else:
                        source.acknowledge(leased)

    threads = [threading.Thread(target=work, args=(fails,)) for fails in (3, 4, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert faults == []
    assert done == {group: list(range(group, 60, 5)) for group in range(5)}
    assert orders.goods() == []


# Rows


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


CustomerId = NewType("CustomerId", int)


@dataclasses.dataclass
class Everything:
    key: uuid.UUID
    number: int
    customer: CustomerId
    text: str
    maybe: str | None
    real: float
    flag: bool
    data: bytes
    at: dt.datetime | None
    day: dt.date
    span: dt.timedelta
    price: decimal.Decimal
    colour: Colour
    level: Level
    details: dict[str, Any]
    tags: list[str]
    computed: str = dataclasses.field(init=False, default="")


def test_row_has_the_types_of_the_dataclass(url: str) -> None:
    recipe = SQLTable(url, "things", Everything, key="key")
    values: dict[str, Any] = {
        "key": uuid.uuid4(),
        "number": 2**40,
        "customer": 7,
        "text": "ä",
        "maybe": None,
        "real": 0.5,
        "flag": True,
        "data": b"\0\xff",
        "at": dt.datetime(2020, 1, 2, 3, 4, 5, 678),  # noqa: DTZ001 - as it is compared
        "day": dt.date(2020, 1, 2),
        "span": dt.timedelta(seconds=90),
        "price": decimal.Decimal("12.5"),
        "colour": "red",
        "level": 3,
        "details": {"a": [1]},
        "tags": ["x"],
    }
    orders = Orders(recipe)
    orders.insert([values])
    source = recipe.open()
    (leased,) = source.receive(1, 0)
    row = leased.message
    assert row.at is not None
    row.at = row.at.replace(tzinfo=None)
    values.update(colour=Colour.RED, level=Level.HIGH)
    assert row == Everything(**values)
    assert type(row.level) is Level
    settle(source, [leased])
    source.close()
    with orders.engine.begin() as connection:
        assert connection.scalar(sqlalchemy.select(sqlalchemy.func.count()).select_from(orders.table)) == 0


def test_row_that_is_none_of_the_dataclass_is_dead_and_keeps_no_other_from_being_served(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    @dataclasses.dataclass(frozen=True)
    class Positive:
        id: int
        number: int

        def __post_init__(self) -> None:
            if self.number < 0:
                raise ValueError("negative")

    recipe = SQLTable(url, "orders", Positive, retries=Retries(max_attempts=1))
    orders = Orders(recipe)
    orders.insert({"number": number} for number in (1, -1, 2))
    source = recipe.open()
    assert [each.message.number for each in source.receive(3, 0)] == [1, 2]
    source.close()
    assert [row["last_error"] for row in orders.rows()] == [None, "ValueError: negative", None]
    assert "the row 2 is no Positive: negative" in caplog.text


def test_value_that_cannot_be_read_keeps_no_other_row_from_being_served(url: str) -> None:
    @dataclasses.dataclass(frozen=True)
    class Dated:
        id: int
        day: dt.date

    recipe = SQLTable(url, "orders", Dated, retries=Retries(max_attempts=1))
    orders = Orders(recipe)
    orders.insert({"day": dt.date(2020, 1, day)} for day in (1, 2, 3))
    orders.execute(f"UPDATE orders SET day = '{'infinity' if '://' in url else 'no day'}' WHERE id = 2")
    source = recipe.open()
    assert [each.message.day.day for each in source.receive(3, 0)] == [1, 3]
    source.close()


def test_columns_of_the_source_may_have_other_names_and_be_numbers(url: str) -> None:
    names = LeaseColumns(leased_until="lent", attempts="tries", done_at="ended", last_error="why")
    recipe = SQLTable(url, "Order table", Order, columns=names, when_done="mark", retries=FAST, poll=0.01)
    real = "DOUBLE PRECISION" if "://" in url else "REAL"
    engine = sqlalchemy.create_engine(url if "://" in url else f"sqlite:///{url}")
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text(
                f'CREATE TABLE "Order table" (id INTEGER PRIMARY KEY, goods TEXT, lent {real}, tries INTEGER, '
                f"ended {real}, why TEXT)"
            )
        )
        for number, goods in enumerate("abc", 1):
            connection.execute(sqlalchemy.text(f"INSERT INTO \"Order table\" (id, goods) VALUES ({number}, '{goods}')"))
    engine.dispose()
    orders = Orders(recipe)
    with opened(recipe) as source:
        first, second, third = source.receive(3, 0)
        source.acknowledge(first)
        source.reject(second, ValueError("bad"))
        source.release(third)
        source.flush()
        done, failed, free = orders.rows()
        assert abs(done["ended"] - time.time()) < PATIENCE
        assert abs(failed["lent"] - time.time()) < PATIENCE
        assert (failed["tries"], failed["why"]) == (1, "ValueError: bad")
        assert (free["lent"], free["tries"]) == (None, 0)
        assert goods_of(received(source)) in (["b", "c"], ["c"])
