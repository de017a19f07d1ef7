"""torch.linalg, and the functions of torch that are of its family.

Vectors that are told only up to a sign or phase are compared through what does not depend on it.
"""

import math

from tests.parity.calls import but, loosely


def definite(torch, q):
    """Positive-definite matrices."""
    return q @ q.mH + 2 * torch.eye(q.shape[-2], dtype=q.dtype)


def regular(torch, q):
    """Square matrices well away from singular ones."""
    return q + 4 * torch.eye(q.shape[-1], dtype=q.dtype)


def turned(torch, q):
    """Complex square matrices."""
    return regular(torch, torch.complex(q, q.mT * 0.5))


def stack(torch, a):
    """A stack of square matrices, well away from singular ones."""
    return regular(torch, a.mT @ a * 0.3)


def eigenvectors(torch, v):
    """What of eigenvectors does not depend on their phase."""
    return v.abs()


LINALG = [
    # determinants and systems
    lambda torch, q: (torch.linalg.det(q), torch.det(q), q.det(), torch.det(input=q)),
    lambda torch, q: (q.logdet(), torch.logdet(regular(torch, q)), torch.linalg.det(A=q)),
    lambda torch, q: (torch.slogdet(q), q.slogdet(), torch.linalg.slogdet(regular(torch, q))),
    lambda torch, a: (torch.linalg.det(stack(torch, a)), torch.linalg.slogdet(stack(torch, a))),
    lambda torch, q: (torch.linalg.det(turned(torch, q)), torch.linalg.slogdet(turned(torch, q))),
    lambda torch, q: torch.logdet(turned(torch, q)),
    lambda torch, q: torch.linalg.det(q * 0),
    lambda torch, q: (torch.linalg.inv(q), torch.inverse(q), q.inverse()),
    lambda torch, a: (torch.linalg.inv(stack(torch, a)), torch.linalg.inv_ex(stack(torch, a))),
    lambda torch, q: (torch.linalg.inv(turned(torch, q)), torch.linalg.inv(A=q)),
    lambda torch, q: torch.linalg.inv_ex(q.detach() * 0).info,
    lambda torch, q, n: (torch.linalg.solve(q, n), torch.linalg.solve(q, n.T, left=False)),
    lambda torch, q, v: (torch.linalg.solve(q, v), torch.linalg.solve_ex(q, v)),
    lambda torch, a, b: torch.linalg.solve(stack(torch, a), b),
    lambda torch, a, n: torch.linalg.solve(stack(torch, a), n),
    lambda torch, a, b: torch.linalg.solve(stack(torch, a), b[:, :, 0]),
    lambda torch, q, b: torch.linalg.solve(q, b),
    lambda torch, q, n: torch.linalg.solve(turned(torch, q), n.to(turned(torch, q).dtype)),
    lambda torch, q, n: torch.linalg.solve_ex(q.detach() * 0, n.detach()).info,
    lambda torch, q, n: torch.linalg.solve_triangular(q, n, upper=True),
    lambda torch, q, n: torch.linalg.solve_triangular(q, n, upper=False, unitriangular=True),
    lambda torch, q, n: torch.linalg.solve_triangular(q, n.T, upper=True, left=False),
    lambda torch, a, n: torch.linalg.solve_triangular(stack(torch, a), n, upper=False),
    lambda torch, q: torch.linalg.solve_triangular(
        turned(torch, q), turned(torch, q).mT, upper=False
    ),
    lambda torch, q, n: (torch.triangular_solve(n, q), n.triangular_solve(q, upper=False)),
    lambda torch, q, n: torch.triangular_solve(n, q, True, True, True),
    lambda torch, a, n: torch.triangular_solve(n, stack(torch, a), transpose=True),
    lambda torch, q: torch.linalg.solve_triangular(q.detach() * 0, q.detach(), upper=True),
    # Cholesky
    lambda torch, q: torch.linalg.cholesky(definite(torch, q)),
    lambda torch, q: torch.linalg.cholesky(definite(torch, q), upper=True),
    lambda torch, q: (torch.cholesky(definite(torch, q)), definite(torch, q).cholesky(upper=True)),
    lambda torch, q: torch.linalg.cholesky(definite(torch, turned(torch, q))),
    lambda torch, q: torch.linalg.cholesky(definite(torch, q) + 0.1 * q),  # not symmetric
    lambda torch, a: torch.linalg.cholesky_ex(definite(torch, a)),
    lambda torch, q: torch.linalg.cholesky_ex(-definite(torch, q.detach())).info,
    lambda torch, q, n: torch.cholesky_solve(n, regular(torch, q).tril()),
    lambda torch, q, n: n.cholesky_solve(regular(torch, q).triu(), upper=True),
    lambda torch, q: torch.cholesky_solve(turned(torch, q), turned(torch, q).mT.tril()),
    lambda torch, q: (
        torch.cholesky_inverse(regular(torch, q).tril()),
        regular(torch, q).triu().cholesky_inverse(upper=True),
    ),
    # LU
    lambda torch, q: torch.linalg.lu(q),
    lambda torch, m: (torch.linalg.lu(m), torch.linalg.lu(m.T)),
    lambda torch, a: (torch.linalg.lu(a), torch.linalg.lu(a.mT), torch.linalg.lu_factor(a)),
    lambda torch, q: (torch.linalg.lu_factor(q), torch.linalg.lu_factor_ex(q)),
    lambda torch, q: torch.linalg.lu(turned(torch, q)),
    lambda torch, q: (torch.lu(q), q.lu(), torch.lu(q, get_infos=True)),
    lambda torch, q, n: torch.linalg.lu_solve(*torch.linalg.lu_factor(q), n),
    lambda torch, q, n: torch.linalg.lu_solve(*torch.linalg.lu_factor(q), n, adjoint=True),
    lambda torch, q, n: torch.linalg.lu_solve(*torch.linalg.lu_factor(q), n.T, left=False),
    lambda torch, q: torch.linalg.lu_solve(
        *torch.linalg.lu_factor(turned(torch, q)), turned(torch, q).mT, adjoint=True
    ),
    lambda torch, q: torch.linalg.lu_solve(
        *torch.linalg.lu_factor(turned(torch, q)), turned(torch, q).mT, left=False, adjoint=True
    ),
    lambda torch, a, n: torch.linalg.lu_solve(*torch.linalg.lu_factor(stack(torch, a)), n),
    lambda torch, q, n: (torch.lu_solve(n, *torch.lu(q)), n.lu_solve(*q.lu())),
    lambda torch, q: torch.lu_unpack(*torch.linalg.lu_factor(q)),
    lambda torch, m: torch.lu_unpack(*torch.linalg.lu_factor(m.detach()), unpack_data=False),
    lambda torch, a: torch.lu_unpack(*torch.linalg.lu_factor(a.mT), unpack_pivots=False),
    # eigenvalues and singular values
    lambda torch, q: (torch.linalg.eigvalsh(q + q.T), torch.linalg.eigvalsh(q + q.T, "U")),
    lambda torch, q: (lambda w, v: (w, v * v))(*torch.linalg.eigh(definite(torch, q))),
    lambda torch, q: (lambda w, v: (w, v.abs()))(
        *torch.linalg.eigh(definite(torch, turned(torch, q)))
    ),
    lambda torch, a: (
        torch.linalg.eigh(a.mT @ a + torch.arange(3.0, dtype=a.dtype).diag()).eigenvalues
    ),
    lambda torch, q: torch.linalg.eigh(q.detach(), UPLO="U").eigenvectors.abs(),
    lambda torch, q: (lambda w, v: (w, v * v))(*torch.linalg.eigh(q)),  # not symmetric
    lambda torch, q: (lambda w, v: (w, v * v))(*torch.linalg.eigh(q, "U")),
    lambda torch, q: torch.linalg.eigvals(definite(torch, q)).real.sort().values,
    lambda torch, q: torch.linalg.eigvals(q).abs().sort().values,
    lambda torch, q: torch.linalg.eig(definite(torch, q)).eigenvectors.abs(),
    lambda torch, q: torch.linalg.eig(definite(torch, q).detach()).eigenvectors.abs(),
    lambda torch, q: (torch.linalg.svdvals(q), torch.linalg.svd(q).S, torch.svd(q).S, q.svd().S),
    lambda torch, m: (lambda u, s, vh: ((u * s) @ vh, u * u, vh * vh))(
        *torch.linalg.svd(m, full_matrices=False)
    ),
    lambda torch, a: (lambda u, s, v: ((u * s[:, None]) @ v.mT, s))(*torch.svd(a)),
    lambda torch, m: [
        y.abs() for y in (*torch.linalg.svd(m.detach()), *torch.svd(m.detach(), some=False))
    ],
    lambda torch, m: torch.svd(m.detach(), compute_uv=False),
    lambda torch, q: torch.linalg.svdvals(turned(torch, q)),
    lambda torch, q: torch.linalg.svd(turned(torch, q).detach(), full_matrices=False).Vh.abs(),
    lambda torch, q: (torch.linalg.qr(q), torch.qr(q), q.qr()),
    lambda torch, m: (torch.linalg.qr(m), torch.linalg.qr(m.T), torch.qr(m.T)),
    lambda torch, a: (torch.linalg.qr(a), torch.linalg.qr(a.mT)),
    lambda torch, m: (
        torch.linalg.qr(m.T.detach(), "complete"),
        torch.qr(m.T.detach(), some=False),
    ),
    lambda torch, m: torch.linalg.qr(m.detach(), mode="r"),
    lambda torch, q: torch.linalg.qr(turned(torch, q)),
    lambda torch, m: (torch.geqrf(m.detach().T), m.detach().geqrf()),
    lambda torch, m: torch.linalg.householder_product(*torch.geqrf(m.detach().T)),
    lambda torch, m: (torch.linalg.householder_product(m.T, m[:, 0]), torch.orgqr(m.T, m[0, :2])),
    lambda torch, m, w: (m.T.orgqr(m[:, 1]), torch.orgqr(m.T, m[0, :1])),
    lambda torch, n, q: torch.ormqr(q, input2=q[0], input3=n),
    lambda torch, n, q: torch.ormqr(q, q, n),
    lambda torch, n, q: torch.ormqr(q, q[0, :1], n),
    lambda torch, m: torch.orgqr(m.T, input2=m[:, 0]),
    lambda torch, m: torch.orgqr(m.T, m.T),
    lambda torch, q, n: torch.cholesky_solve(n, input2=regular(torch, q).tril()),
    lambda torch, q: torch.linalg.tensorsolve(input=regular(torch, q), other=q[0]),
    lambda torch, q: torch.linalg.norm(q, dim=[]),
    lambda torch, n, q: torch.ormqr(q, q[0], n),
    lambda torch, n, q: (torch.ormqr(q, q[0], n, transpose=True), q.ormqr(q[0], n.T, left=False)),
    lambda torch, m, n: torch.ormqr(m.detach().T, m[:, 0].detach(), n.detach()),
    lambda torch, m: (torch.linalg.matrix_rank(m), torch.linalg.matrix_rank(m, atol=1.0)),
    lambda torch, q: torch.linalg.matrix_rank(q @ q.T, hermitian=True, rtol=0.2),
    lambda torch, a: torch.linalg.matrix_rank(a, atol=torch.tensor([0.1, 1.0, 2.0, 3.0, 4.0])),
    lambda torch, q: torch.linalg.matrix_rank(q, 1.5),
    lambda torch, m: (torch.linalg.pinv(m), torch.pinverse(m), m.pinverse(), m.T.pinverse(1e-3)),
    lambda torch, a: (torch.linalg.pinv(a), torch.linalg.pinv(a, atol=0.5, rtol=0.01)),
    lambda torch, q: torch.linalg.pinv(definite(torch, q), hermitian=True),
    lambda torch, q: torch.linalg.pinv(turned(torch, q)),
    lambda torch, m: torch.linalg.lstsq(m.T, m.T @ m).solution,
    lambda torch, m, v: torch.linalg.lstsq(m.T, v, driver="gelsd"),
    lambda torch, m, n: torch.linalg.lstsq(m.T, n, driver="gels")[:2],
    lambda torch, m: (torch.linalg.lstsq(m, m).solution, torch.linalg.lstsq(m, m).rank),
    lambda torch, a, b: torch.linalg.lstsq(a.mT, b).solution,
    lambda torch, m, n: torch.linalg.lstsq(m.detach().T, n.detach()),
    lambda torch, a: torch.linalg.lstsq(a.detach().mT, a.detach()[:, 0], driver="gels")[2:],
    lambda torch, a: torch.linalg.lstsq(a.detach().mT, a[:, 0].detach().roll(1), driver="gelss"),
    lambda torch, m: (torch.svd_lowrank(m.T @ m, 2)[1], torch.svd_lowrank(m, q=1, niter=4)[1]),
    lambda torch, m: (lambda u, s, v: (u * s) @ v.mT)(*torch.svd_lowrank(m, 2, 3, m * 0.5)),
    lambda torch, m: torch.svd_lowrank(m.detach().T, 2),
    lambda torch, n: torch.pca_lowrank(n, 3)[1],
    lambda torch, n: [
        y.abs()
        for y in (
            *torch.pca_lowrank(n.detach(), 2, False),
            *torch.pca_lowrank(n.detach(), 2, niter=1),
        )
    ],
    # norms
    lambda torch, x: (torch.linalg.vector_norm(x), torch.linalg.vector_norm(x, 1)),
    lambda torch, x: (torch.linalg.vector_norm(x, 3, 0), torch.linalg.vector_norm(x, 0.5, dim=-1)),
    lambda torch, x: (
        torch.linalg.vector_norm(x, math.inf, 0),
        torch.linalg.vector_norm(x, -math.inf),
    ),
    lambda torch, m: (
        torch.linalg.vector_norm(m, 0, 1),
        torch.linalg.vector_norm(m, dim=(0, 1), keepdim=True),
    ),
    lambda torch, m: (
        torch.linalg.vector_norm(m, -2),
        torch.linalg.vector_norm(m, dtype=torch.float64),
    ),
    lambda torch, z: (torch.linalg.vector_norm(z, dim=0), torch.linalg.vector_norm(z * 0)),
    lambda torch, q: torch.linalg.vector_norm(torch.complex(q, q.T), 3, 1),
    lambda torch, t: (
        torch.linalg.vector_norm(t, 2, (0, 2)),
        torch.linalg.vector_norm(t, 2, [], True),
    ),
    lambda torch, m: [torch.linalg.matrix_norm(m, o) for o in ("fro", "nuc", 1, -1, 2, -2)],
    lambda torch, m: [torch.linalg.matrix_norm(m, o, keepdim=True) for o in (math.inf, -math.inf)],
    lambda torch, t: (
        torch.linalg.matrix_norm(t, 2, (0, 2)),
        torch.linalg.matrix_norm(t, 1, dim=(2, 1)),
    ),
    lambda torch, q: torch.linalg.matrix_norm(torch.complex(q, q.T), "nuc"),
    lambda torch, m: (torch.linalg.norm(m), torch.linalg.norm(m, "nuc"), torch.linalg.norm(m, 2)),
    lambda torch, m: (torch.linalg.norm(m, 1, 0), torch.linalg.norm(m, dim=1, keepdim=True)),
    lambda torch, t: (
        torch.linalg.norm(t),
        torch.linalg.norm(t, "fro", (1, 2)),
        torch.linalg.norm(t, keepdim=True),
    ),
    lambda torch, v: (
        torch.linalg.norm(v),
        torch.linalg.norm(v, 3),
        torch.linalg.norm(v, ord=math.inf),
    ),
    lambda torch, m: (torch.linalg.cond(m), torch.linalg.cond(m, -2)),
    lambda torch, q: [torch.linalg.cond(q, p) for p in (1, -1, 2, "fro", math.inf)],
    lambda torch, q: (torch.linalg.cond(q, "nuc"), torch.linalg.cond(q.detach() * 0, 1)),
    # functions of matrices, products, equations
    lambda torch, q: (
        torch.linalg.matrix_power(q, 3),
        torch.matrix_power(q, 0),
        q.matrix_power(-2),
    ),
    lambda torch, i: torch.matrix_power(i[:, :2], 5),
    lambda torch, q: (torch.linalg.matrix_exp(q), torch.matrix_exp(q * 5), q.matrix_exp()),
    lambda torch, a: torch.linalg.matrix_exp(a.mT @ a),
    lambda torch, q: torch.matrix_exp(torch.complex(q, q.T)),
    lambda torch, m, n: torch.linalg.multi_dot([m, n, n.T, m.T]),
    lambda torch, m, n, v, w: torch.linalg.multi_dot((v, n, w)),
    lambda torch, m, n: torch.linalg.matmul(m, n),
    lambda torch, v: (torch.linalg.vander(v), torch.linalg.vander(v, N=5)),
    lambda torch, i: (torch.linalg.vander(i), torch.linalg.vander(i, N=2)),
    lambda torch, x, y: torch.linalg.vecdot(x, y),
    lambda torch, x, y: torch.linalg.vecdot(x, y, dim=0),
    lambda torch, q: torch.linalg.vecdot(torch.complex(q, q.T), torch.complex(q.T, q)),
    lambda torch, x, y: torch.linalg.cross(x, y),
    lambda torch, n: torch.linalg.cross(n, n[:, 1:2], dim=0),
    lambda torch, a: (torch.linalg.diagonal(a), torch.linalg.diagonal(a, offset=1, dim1=0, dim2=2)),
    lambda torch, t: torch.linalg.tensorinv(
        regular(torch, t.reshape(4, 6).T @ t.reshape(4, 6)).reshape(2, 3, 6)
    ),
    lambda torch, n: torch.linalg.tensorinv(n[:, :3], ind=1),
    lambda torch, t, m: torch.linalg.tensorsolve(
        regular(torch, t.reshape(4, 6).T @ t.reshape(4, 6)).reshape(2, 3, 6), m
    ),
    lambda torch, t, c: torch.linalg.tensorsolve(
        regular(torch, t.reshape(4, 6).T @ t.reshape(4, 6)).reshape(6, 2, 3),
        c.reshape(2, 3),
        dims=(0,),
    ),
    # out=
    lambda torch, q: torch.linalg.inv(q.detach(), out=torch.empty(3, 3, dtype=q.dtype)),
    lambda torch, q: torch.linalg.svd(
        q.detach(),
        out=(
            torch.empty(3, 3, dtype=q.dtype),
            torch.empty(3, dtype=q.dtype),
            torch.empty(3, 3, dtype=q.dtype),
        ),
    ),
    lambda torch, q: torch.linalg.det(q.detach(), out=torch.empty((), dtype=q.dtype)),
    # mistakes
    *[
        lambda torch, x, name=name: getattr(torch.linalg, name)(x)
        for name in (
            "det",
            "slogdet",
            "inv",
            "inv_ex",
            "cholesky",
            "cholesky_ex",
            "eig",
            "eigvals",
            "eigh",
            "eigvalsh",
            "matrix_exp",
            "tensorinv",
        )
    ],
    lambda torch, x: torch.linalg.matrix_power(x, 2),
    *loosely(
        lambda torch, x: torch.linalg.svdvals(x),
        # of what is not finite nothing is told
        but("odd; odd and even", lambda torch, x: torch.linalg.qr(x)[1].abs()),
        lambda torch, x: torch.linalg.cond(x),
        lambda torch, x, y: torch.linalg.solve(x, y),
        lambda torch, x, y: torch.linalg.lstsq(x, y).solution,
    ),
    lambda torch, v: torch.linalg.inv(v),
    lambda torch, v: torch.linalg.svd(v),
    lambda torch, s: torch.linalg.qr(s),
    lambda torch, q: torch.linalg.inv(q * 0),
    lambda torch, q: torch.linalg.solve(q * 0, q),
    lambda torch, q: torch.linalg.cholesky(-definite(torch, q)),
    lambda torch, q: torch.linalg.lu_factor(q * 0),
    lambda torch, q: torch.linalg.eigh(q * math.nan),
    lambda torch, q: torch.linalg.svd(q * math.nan),
    lambda torch, q: torch.linalg.eig(q * math.inf),
    lambda torch, q: torch.linalg.pinv(q * math.nan),
    lambda torch, q: torch.linalg.inv(q * math.nan),
    lambda torch, q: torch.linalg.eigh(q, "X"),
    lambda torch, q: torch.linalg.qr(q, "X"),
    lambda torch, q: torch.linalg.svd(q, driver="gesvd"),
    lambda torch, q: torch.linalg.lu(q, pivot=False),
    lambda torch, q: torch.linalg.cond(q, "X"),
    lambda torch, m: torch.linalg.cond(m, 1),
    lambda torch, q: torch.linalg.matrix_norm(q, 3),
    lambda torch, q: torch.linalg.matrix_norm(q, dim=(0, 0)),
    lambda torch, q: torch.linalg.matrix_norm(q, dim=(0, 2)),
    lambda torch, q: torch.linalg.matrix_norm(q, dim=0),
    lambda torch, v: torch.linalg.matrix_norm(v),
    lambda torch, v: torch.linalg.norm(v, "nuc"),
    lambda torch, t: torch.linalg.norm(t, 2),
    lambda torch, v: torch.linalg.vector_norm(v, "fro"),
    lambda torch, v: torch.linalg.vector_norm(v, dtype=torch.int64),
    lambda torch, v: torch.linalg.vector_norm(v.double(), dtype=torch.float32),
    lambda torch, e: torch.linalg.vector_norm(e, math.inf),
    lambda torch, q, m: torch.linalg.solve(q, m),
    lambda torch, q, d: torch.linalg.solve(q, d.T),
    lambda torch, q, v: torch.linalg.solve_triangular(q, v, upper=True),
    lambda torch, q, m: torch.linalg.solve_triangular(q, m, upper=True),
    lambda torch, q, n: torch.linalg.solve_triangular(q, n),
    lambda torch, m, n: torch.linalg.lstsq(m, n),
    lambda torch, n: torch.linalg.lstsq(n, n, driver="x"),
    lambda torch, q: torch.linalg.matrix_power(q, 1.5),
    lambda torch, m: torch.linalg.multi_dot([m]),
    lambda torch, m: torch.linalg.multi_dot([m, m]),
    lambda torch, m, d: torch.linalg.multi_dot([m, d.T]),
    lambda torch, v: torch.linalg.vander(v, N=1),
    lambda torch, k: torch.linalg.vander(k),
    lambda torch, m: torch.linalg.tensorinv(m, ind=0),
    lambda torch, m: torch.linalg.tensorsolve(m, m[0]),
    lambda torch, m: torch.linalg.householder_product(m, m[0]),
    lambda torch, v, w: torch.linalg.cross(v, w),
    lambda torch, m, v: torch.linalg.cross(m, v),
    lambda torch, q, n: torch.lu_solve(n, q, q[0]),
    lambda torch, q, m: torch.cholesky_solve(m, q),
    lambda torch, n: torch.pca_lowrank(n, 5),
    lambda torch, i: torch.pca_lowrank(i),
    *[
        lambda torch, q, name=name: getattr(torch, name)(q, q)
        for name in ("lstsq", "eig", "symeig", "solve", "matrix_rank")
    ],
    lambda torch, q: (
        (torch.lstsq, torch.eig, torch.symeig, torch.solve, torch.matrix_rank) and q.eig()
    ),
    lambda torch, q: q.symeig(),
    lambda torch, q: q.solve(q),
    lambda torch, q: q.lstsq(q),
]
CALLS = LINALG
