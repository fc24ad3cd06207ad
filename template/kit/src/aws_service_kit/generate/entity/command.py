"""The command `python3 dev.py add entity`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from aws_service_kit.generate.command import Command
from aws_service_kit.generate.entity.new_entity import NewEntity
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.service import ServiceSource

DESCRIPTION = """\
Add an entity: its domain model, its storage in the table, and an API with which callers create,
list, read, update and delete their entities.

  POST   /invoices        Idempotency-Key: a repeated request creates no other invoice
  GET    /invoices        in pages, newest first, with signed cursors
  GET    /invoices/{id}   ETag: the version
  PUT    /invoices/{id}   If-Match: the version that was read; 412 if it has changed since
  DELETE /invoices/{id}   If-Match: the same

types of fields:
  str  int  bool  date  datetime  uuid  decimal  email, or values such as open|paid
  str(1..80)  int(0..)  limits of lengths and numbers
  str[]                 a list
  note:str?             a field that may be missing

Money is an int in the smallest unit, such as amount_cents. E-mail addresses are personal data: they
aren't logged, expire after `retention_days`, and are found and erased by `personal-data`.
"""
EXAMPLES = """\
  python3 dev.py add entity Invoice --fields "number:str amount_cents:int issued_on:date note:str?"
  python3 dev.py add entity Task --fields "title:str(1..80) status:open|done tags:str[] due:date?"
  python3 dev.py add entity Person --plural people --fields "name:str email:email" --personal name

next:
  python3 dev.py local          run the service on this computer
  python3 dev.py check          run all checks, as CI does
"""


def configure(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("name", help="a noun in the singular: Invoice or unpaid-invoice")
    parser.add_argument(
        "--fields", required=True, metavar="FIELDS", help="name:type of each field, in quotes"
    )
    parser.add_argument("--plural", help="the plural, if it isn't the regular English one")
    parser.add_argument(
        "--personal", default="", metavar="NAMES", help="other fields with personal data"
    )
    parser.add_argument("--stack", help="the stack with the API; by default the only one")
    parser.add_argument("--table", help="the table; by default the service's only one")


def plan(service: ServiceSource, arguments: Namespace) -> Plan:
    """Return the changes of the command.

    Raises:
        GenerateError: A name or a field is invalid or taken, or the service has no API or table.
    """
    entity = NewEntity.parse(
        service,
        arguments.name,
        arguments.fields,
        plural=arguments.plural,
        personal=arguments.personal.replace(",", " ").split(),
        stack=arguments.stack,
        table=arguments.table,
    )
    return entity.plan()


COMMAND = Command(
    name="entity",
    help="an entity with its API: create, list, read, update and delete",
    description=DESCRIPTION,
    examples=EXAMPLES,
    configure=configure,
    plan=plan,
)
