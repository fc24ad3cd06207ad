from orders.functions.record import handler


def test_an_order_is_recorded(table):
    assert handler({"order": "1"}, None) == {"recorded": "1"}
