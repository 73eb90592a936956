# summary: an aggregate that Tortoise lacks: the sum of the products of two columns
from typing import Any

from pypika import functions
from pypika.terms import Term
from tortoise.expressions import Aggregate


class SumProduct(Aggregate):
    """SUM(field * other), other being a column of field's table. Tortoise's own Sum multiplies fields of equal type only."""

    database_func = functions.Sum

    def _get_function_field(self, field: Any, *default_values: str) -> Term:
        (other,) = default_values
        return self.database_func(field * field.table[other])
