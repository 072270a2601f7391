"""Random expressions of CEL, random documents, and the two judges of their values."""

import json

import cel
import celpy
from celpy import celtypes
from celpy.adapter import json_to_cel

ERROR = "no value"
PATTERNS = ["^a", "b$", "^[a-c]+$", "(ab|ba)", "a{2}", "^.$", "é", "^$", r"\\d+", "x?y*", "^(a|b)*c"]
TEXTS = ["", "a", "ab", "abc", "ba", "b7", "é", "aé", "z"]


def document(random):
    """A document of which any part can be missing, apart from the two roots."""
    labels = {name: random.choice(TEXTS) for name in ("tier", "net", "x") if random.random() < 0.6}
    spec = {
        "n": random.randint(-3, 9), "m": random.randint(-3, 9), "f": random.choice([-1.5, 0.0, 2.0, 2.5]),
        "s": random.choice(TEXTS), "t": random.choice(TEXTS), "b": random.random() < 0.5,
        "l": [random.randint(0, 4) for _ in range(random.randint(0, 4))],
        "k": [random.choice(TEXTS) for _ in range(random.randint(0, 4))],
        "o": {name: random.choice(TEXTS) for name in ("x", "y") if random.random() < 0.6},
        "d": [{"p": random.choice(TEXTS), **({"q": random.randint(0, 4)} if random.random() < 0.6 else {})}
              for _ in range(random.randint(0, 3))],
    }
    return {"metadata": {"name": random.choice(TEXTS), "labels": labels},
            "spec": {name: value for name, value in spec.items() if random.random() < 0.9}}


class Expressions:
    """A source of expressions. Most have a type; a few compare what cannot be compared."""

    def __init__(self, random):
        self.random = random

    def pick(self, *makers):
        return self.random.choice(makers)()

    def bool(self, depth, scope=()):
        sub = depth - 1
        if depth <= 0:
            return self.pick(lambda: "spec.b", lambda: "true", lambda: "false", lambda: f"has({self.path()})")
        return self.pick(
            lambda: f"({self.bool(sub, scope)} && {self.bool(sub, scope)})",
            lambda: f"({self.bool(sub, scope)} || {self.bool(sub, scope)})",
            lambda: f"!{self.bool(sub, scope)}" if self.random.random() < 0.5 else f"!({self.bool(sub, scope)})",
            lambda: f"({self.bool(sub, scope)} ? {self.bool(sub, scope)} : {self.bool(sub, scope)})",
            lambda: self.comparison(sub, scope), lambda: self.comparison(sub, scope), lambda: self.comparison(sub, scope),
            lambda: f"{self.text(scope)}.{self.pick(*[lambda n=n: n for n in ('startsWith', 'endsWith', 'contains')])}({self.text(scope)})",
            lambda: f"{self.text(scope)}.matches('{self.random.choice(PATTERNS)}')",
            lambda: f"{self.text(scope)} in {self.texts()}", lambda: f"{self.number(scope)} in {self.numbers()}",
            lambda: f"{self.text(scope)} in {self.random.choice(['metadata.labels', 'spec.o'])}",
            lambda: f"has({self.path()})",
            lambda: self.macro(sub, scope))

    def macro(self, depth, scope):
        name, variable = self.random.choice(["all", "exists"]), "xyz"[len(scope)] if len(scope) < 3 else "w"
        if len(scope) >= 2:
            return "spec.b"
        kind = self.random.choice(["number", "text", "object", "name", "filter"])
        if kind == "number":
            return f"{self.numbers()}.{name}({variable}, {self.bool(depth, (*scope, (variable, 'number')))})"
        if kind == "text":
            return f"{self.texts()}.{name}({variable}, {self.bool(depth, (*scope, (variable, 'text')))})"
        if kind == "name":
            return f"metadata.labels.{name}({variable}, metadata.labels[{variable}] == {self.text(scope)})"
        if kind == "filter":
            return f"size({self.numbers()}.filter({variable}, {self.bool(depth, (*scope, (variable, 'number')))})) > {self.random.randint(0, 2)}"
        guard = f"has({variable}.q) && {variable}.q < {self.number(scope)}"
        return f"spec.d.{name}({variable}, {self.random.choice([guard, f'{variable}.p == {self.text(scope)}', f'{variable}.q > 1'])})"

    def comparison(self, depth, scope):
        order = self.random.choice(["==", "!=", "<", "<=", ">", ">="])
        kind = self.random.random()
        if kind < 0.4:
            return f"{self.number(scope)} {order} {self.number(scope)}"
        if kind < 0.75:
            return f"{self.text(scope)} {order} {self.text(scope)}"
        if kind < 0.8:
            return f"{self.numbers()} {order[:1] if order[0] in '!=' else '='}= {self.numbers()}"
        if kind < 0.85:
            return f"old {self.random.choice(['==', '!='])} null"
        if kind < 0.9:
            return f"old.spec.n {order} {self.number(scope)}"
        if kind < 0.95:
            return f"{self.number(scope)} {order} {self.random.choice(['1.0', '2.5', 'spec.f'])}"
        return f"{self.number(scope)} {order} {self.text(scope)}"

    def path(self):
        return self.random.choice(["spec.n", "spec.o.x", "spec.o.y", "metadata.labels.tier", "spec.nothing", "spec.d", "metadata.name",
                                   "spec.nothing.x"])

    def number(self, scope):
        bound = [name for name, kind in scope if kind == "number"]
        return self.random.choice(
            [*bound, *bound, "spec.n", "spec.m", str(self.random.randint(-2, 5)), "size(spec.l)", "spec.s.size()", "size(metadata.labels)",
             "spec.l[1]", "(spec.b ? 1 : spec.n)"])

    def text(self, scope):
        bound = [name for name, kind in scope if kind == "text"]
        return self.random.choice(
            [*bound, *bound, "spec.s", "spec.t", "metadata.name", "metadata.labels.tier", "metadata.labels['net']", "spec.o.x", "spec.k[0]",
             *(repr(text) for text in TEXTS[:5])])

    def numbers(self):
        return self.random.choice(["spec.l", "[1, 2, 3]", "[]", "[spec.n, 2]", "spec.l.filter(v, v > 1)"])

    def texts(self):
        return self.random.choice(["spec.k", "['a', 'ab']", "[spec.s, 'b7']", "spec.k.filter(v, v != 'a')"])


def plain(value):
    """A value of either judge, with types that tell booleans, whole numbers and others apart."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if isinstance(value, bool | celtypes.BoolType):
        return bool(value)
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value]


def by_celpy(expression, context):
    try:
        environment = celpy.Environment()
        program = environment.program(environment.compile(expression))
        result = program.evaluate({name: json_to_cel(value) for name, value in context.items()})
    except celpy.CELEvalError:
        return ERROR
    # An error can also be a value.
    return ERROR if isinstance(result, celpy.CELEvalError) else plain(result)


def by_cel(expression, context):
    try:
        return plain(cel.evaluate(expression, json.loads(json.dumps(context))))
    except (RuntimeError, TypeError, ValueError, KeyError, IndexError):
        return ERROR
