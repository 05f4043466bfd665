"""Stands in for the shop's Lambda function: deterministic, without a clock or chance."""


def _length(number):
    # A real function's memory and reply are bounded too.
    if not 0 <= number <= 1000:
        raise ValueError("Invalid array length")
    return number


def echo(arguments, event):
    text, times = arguments.get("text"), arguments.get("times", 1)
    return None if text is None else " ".join([text] * (1 if times is None else _length(times)))


def quote(arguments, event):
    customer = arguments["customerId"]
    if customer == "nobody":
        return None
    lines = [
        {
            "sku": line["sku"],
            "quantity": line["quantity"] or 0,
            "unitPrice": None
            if line["sku"].startswith("free")
            else {"amount": 9.5, "currency": "EUR"},
            "notes": ["bulk"] if (line["quantity"] or 0) > 10 else None,
        }
        for line in arguments["lines"]
    ]
    amount = sum(
        line["unitPrice"]["amount"] * line["quantity"] for line in lines if line["unitPrice"]
    )
    return {
        "customerId": customer,
        "total": None if customer == "no-total" else {"amount": amount, "currency": "EUR"},
        "lines": lines,
        "status": "NOT_A_STATUS" if customer == "bad-status" else "DRAFT",
        "validUntil": "2030-01-01T00:00:00.000Z",
        "internal": "not in the type",
    }


def skus(arguments, event):
    prefix, limit = arguments["prefix"], arguments.get("limit")
    if prefix == "null":
        return ["null-1", None, "null-2"]
    count = 3 if limit is None else _length(limit)
    return [f"{prefix}-{number}" for number in range(1, 1 + count)]


def bestSellers(arguments, event):
    return [
        {
            "sku": f"p-{number}",
            "title": f"Best {number}",
            "requiredTags": ["NEW"],
            "price": {"amount": number, "currency": "EUR"},
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.000Z",
        }
        for number in range(1, 1 + _length(arguments.get("count", 2) or 0))
    ]


def fail(arguments, event):
    match arguments["how"]:
        case "error":
            raise RuntimeError("shopfn said no")
        case "type":
            raise TypeError("wrong kind")
        case "null":
            return None
        case "number":
            return 42
        case "object":
            return {"not": "a string"}
        case how:
            return f"ok:{how}"


failHard = fail


def checkout(arguments, event):
    if arguments["customerId"] == "broke":
        raise RuntimeError("Payment refused for broke")
    address, express = arguments.get("shipTo"), arguments["express"]
    return {
        "orderNo": arguments["orderNo"],
        "accepted": not express,
        "warnings": ["express costs more"] if express else [],
        "shipTo": {**address, "country": "PL"} if address else None,
    }


def recount(arguments, event):
    return len(arguments["warehouse"])


def retag(arguments, event):
    return [arguments["tag"] for _ in arguments["skus"]]
