"""A class of the user's own, made known by a Box and a vector space."""

import autograd.numpy as np
from autograd import grad, make_vjp
from autograd.extend import Box, VSpace, defvjp, primitive, vspace


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


@primitive
def get_x(p):
    return p.x


@primitive
def get_y(p):
    return p.y


@primitive
def make_point(x, y):
    return Point(x, y)


class PointBox(Box):
    __slots__ = []
    x = property(get_x)
    y = property(get_y)


class PointVSpace(VSpace):
    def __init__(self, value):
        pass

    def zeros(self):
        return Point(0.0, 0.0)

    def ones(self):
        return Point(1.0, 1.0)

    def randn(self):
        return Point(np.random.randn(), np.random.randn())

    def _add(self, p, q):
        return Point(p.x + q.x, p.y + q.y)

    def _mut_add(self, p, q):
        return self._add(p, q)

    def _scalar_mul(self, p, a):
        return Point(p.x * a, p.y * a)

    def _inner_prod(self, p, q):
        return p.x * q.x + p.y * q.y


PointBox.register(Point)
PointVSpace.register(Point)
defvjp(get_x, lambda ans, p: lambda g: make_point(g, 0.0))
defvjp(get_y, lambda ans, p: lambda g: make_point(0.0, g))
defvjp(make_point, lambda ans, x, y: lambda g: get_x(g), lambda ans, x, y: lambda g: get_y(g))


def radius(p):
    return np.sqrt(p.x**2 + p.y**2)


def turned(p):
    return make_point(p.x * p.y, np.sin(p.y))


def main():
    p = Point(3.0, 4.0)
    g = grad(radius)(p)
    nested = grad(lambda x: grad(lambda p: p.x**2 * p.y + radius(p))(make_point(x, x + 1.0)).x)
    vjp, value = make_vjp(turned)(p)
    back = vjp(Point(1.0, 2.0))
    space = vspace(p)
    return [
        g.x,
        g.y,
        nested(3.0),
        value.x,
        value.y,
        back.x,
        back.y,
        space.inner_prod(p, space.add(p, space.scalar_mul(p, 2.0))),
    ]
