"""The service's costs in a week, compared with the week before."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

WEEK = timedelta(days=7)

# The costs of a day are incomplete until the end of the next day.
BILLING_DELAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days in UTC. The last one is the day before `end`."""

    end: date

    @property
    def start(self) -> date:
        """The first day."""
        return self.end - WEEK

    def before(self) -> "Week":
        """Return the week before this one."""
        return Week(self.start)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of one AWS service on one day, in one environment.

    Attributes:
        day: the day in UTC.
        aws_service: its name on the bill.
        environment: its name.
        usd: the cost in US dollars; negative for credits.
    """

    day: date
    aws_service: str
    environment: str
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Spending:
    """Costs in a week and in the week before, in US dollars."""

    usd: Decimal
    before_usd: Decimal

    @property
    def change_usd(self) -> Decimal:
        """The increase since the week before."""
        return self.usd - self.before_usd

    @property
    def change_percent(self) -> Decimal | None:
        """The increase in percent, or None if the costs of the week before aren't positive."""
        return self.change_usd / self.before_usd * 100 if self.before_usd > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """The costs of a week.

    Attributes:
        week: the week.
        total: the costs of all AWS services and environments.
        by_aws_service: the costs by AWS service, the highest first.
        by_environment: the costs by environment, the highest first.
    """

    week: Week
    total: Spending
    by_aws_service: dict[str, Spending]
    by_environment: dict[str, Spending]


def latest_week(today: date) -> Week:
    """Return the last seven days whose costs are complete."""
    return Week(today - BILLING_DELAY)


def make_report(week: Week, costs: Iterable[Cost]) -> CostReport:
    """Sum up the costs of a week and of the week before. Costs of other days are ignored."""
    known = [cost for cost in costs if cost.day in week or cost.day in week.before()]
    return CostReport(
        week=week,
        total=_spending(week, known),
        by_aws_service=_spending_by(week, known, lambda cost: cost.aws_service),
        by_environment=_spending_by(week, known, lambda cost: cost.environment),
    )


def _spending(week: Week, costs: Iterable[Cost]) -> Spending:
    usd = before_usd = Decimal(0)
    for cost in costs:
        if cost.day in week:
            usd += cost.usd
        else:
            before_usd += cost.usd
    return Spending(usd, before_usd)


def _spending_by(
    week: Week, costs: Iterable[Cost], key: Callable[[Cost], str]
) -> dict[str, Spending]:
    groups: defaultdict[str, list[Cost]] = defaultdict(list)
    for cost in costs:
        groups[key(cost)].append(cost)
    spent = {name: _spending(week, group) for name, group in groups.items()}
    return dict(sorted(spent.items(), key=lambda item: (-item[1].usd, item[0])))
