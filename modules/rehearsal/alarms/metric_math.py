"""CloudWatch's metric math, as far as alarms use it here: arithmetic, comparisons, IF and FILL with a number."""

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

Values = Mapping[str, float | None]
"""Of one period; None where a metric has no data point."""
Formula = Callable[[Values], float | None]

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*|\.\d+)|([A-Za-z]\w*)|(>=|<=|==|!=|&&|\|\||[-+*/()<>,]))")
_COMPARISONS: dict[str, Callable[[float, float], float]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_SUMS: dict[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub}
_PRODUCTS: dict[str, Callable[[float, float], float]] = {"*": operator.mul, "/": operator.truediv}


class UnsupportedExpressionError(Exception):
    """The expression uses what the rehearsal does not know, or is none."""


@lru_cache(maxsize=1000)
def formula_of(expression: str) -> Formula:
    """What computes one period's data point.

    Raises:
        UnsupportedExpressionError
    """
    parser = _Parser(expression)
    formula = parser.comparison()
    parser.expect("")
    return formula


class _Parser:
    """Recursive descent; each method reads what binds tighter than what its caller reads."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = self._split(expression)

    def _split(self, expression: str) -> list[str]:
        tokens, position = [], 0
        while expression[position:].strip():
            found = _TOKEN.match(expression, position)
            if found is None:
                raise self._unsupported()
            tokens.append(found.group().strip())
            position = found.end()
        return [*tokens, ""]

    def _unsupported(self) -> UnsupportedExpressionError:
        return UnsupportedExpressionError(f"metric math {self._expression!r}")

    def expect(self, token: str) -> None:
        if self._tokens.pop(0) != token:
            raise self._unsupported()

    def comparison(self) -> Formula:
        return self._chain(self._sum, _COMPARISONS)

    def _sum(self) -> Formula:
        return self._chain(self._product, _SUMS)

    def _product(self) -> Formula:
        return self._chain(self._operand, _PRODUCTS)

    def _chain(
        self, operand: Callable[[], Formula], operators: Mapping[str, Callable[[float, float], float]]
    ) -> Formula:
        left = operand()
        while self._tokens[0] in operators:
            compute = operators[self._tokens.pop(0)]
            left = _both(compute, left, operand())
        return left

    def _operand(self) -> Formula:
        token = self._tokens.pop(0)
        if token == "(":
            inner = self.comparison()
            self.expect(")")
            return inner
        if token == "-":
            negated = self._operand()
            return _both(operator.sub, lambda _: 0.0, negated)
        if token[:1].isdigit() or token[:1] == ".":
            number = float(token)
            return lambda _: number
        if not token[:1].isalpha():
            raise self._unsupported()
        if self._tokens[0] == "(":
            return self._call(token)
        if token[0].isupper():
            # Ids of metrics begin in lower case (API_MetricDataQuery): it is a keyword, such as REPEAT.
            raise self._unsupported()
        return lambda values: values.get(token)

    def _call(self, function: str) -> Formula:
        self.expect("(")
        arguments = [self.comparison()]
        while self._tokens[0] == ",":
            self.expect(",")
            arguments.append(self.comparison())
        self.expect(")")
        if (function, len(arguments)) == ("IF", 3):
            return _choice(*arguments)
        if (function, len(arguments)) == ("FILL", 2):
            return _filled(*arguments)
        raise self._unsupported()


def _both(compute: Callable[[float, float], float], left: Formula, right: Formula) -> Formula:
    """No data point unless both sides have one; none of a division by zero."""

    def computed(values: Values) -> float | None:
        one, other = left(values), right(values)
        if one is None or other is None or (compute is operator.truediv and other == 0):
            return None
        return float(compute(one, other))

    return computed


def _choice(condition: Formula, then: Formula, otherwise: Formula) -> Formula:
    def chosen(values: Values) -> float | None:
        met = condition(values)
        return None if met is None else then(values) if met else otherwise(values)

    return chosen


def _filled(metric: Formula, filling: Formula) -> Formula:
    def filled(values: Values) -> float | None:
        value = metric(values)
        return filling(values) if value is None else value

    return filled
