"""Everything that a handler shouldn't do, at once."""

import json
from functools import lru_cache

import boto3
from pydantic import BaseModel

table = boto3.resource("dynamodb").Table("Orders")


class Order(BaseModel):
    customer: str
    total: int


class Secrets:
    @lru_cache(maxsize=8)
    def get(self, name):
        client = boto3.client("secretsmanager")
        return json.loads(client.get_secret_value(SecretId=name)["SecretString"])


def handler(event, context):
    try:
        order = Order(**event)
        print(f"storing {order}")
        table.put_item(Item=order.dict())
        return {"success": True}
    except Exception as error:
        print(f"something went wrong: {error}")
        return {"success": False}
