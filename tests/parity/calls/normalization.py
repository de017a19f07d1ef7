"""Calls of the normalisations."""

from __future__ import annotations

from tests.parity.calls import but, loosely

CALLS = [
    *loosely(
        lambda torch, x: torch.layer_norm(x, [3]),
        lambda torch, x: torch.layer_norm(x, (2, 3), eps=0.1),
        lambda torch, x, v: torch.layer_norm(x, [3], v, None, 0.1),
        lambda torch, x, m: torch.layer_norm(x, [2, 3], weight=m, bias=m, eps=0.1),
        lambda torch, x: torch.layer_norm(x, []),
        lambda torch, x, v: torch.layer_norm(x, [4], v),
        lambda torch, x: torch.layer_norm(x, 3),
        lambda torch, x: torch.rms_norm(x, [3]),
        lambda torch, x, v: torch.rms_norm(x, [3], v, 0.1),
        lambda torch, x: torch.rms_norm(x, [2, 3], eps=0.1),
        lambda torch, x: torch.rms_norm(x, [4]),
        lambda torch, x, v: torch.batch_norm(x, v, v, None, None, True, 0.1, 0.1, False),
        lambda torch, x, v: torch.batch_norm(
            x, v, v, v.detach(), v.detach() ** 2, False, 0.1, 0.1, False
        ),
        lambda torch, x, v: torch.batch_norm(x, v, v, v, v, False, 0.1, 0.1, False),
        # a weight of another shape is taken, except in these, where PyTorch asserts a vector
        but(
            "float16; strided",
            lambda torch, x, v: torch.batch_norm(
                x, torch.unsqueeze(v, 0), v, None, None, True, 0.1, 0.1, False
            ),
        ),
        lambda torch, x, v: torch.batch_norm(
            x, v, v, torch.unsqueeze(v, 0), v, False, 0.1, 0.1, False
        ),
        lambda torch, x: torch.batch_norm(x, None, None, None, None, False, 0.1, 0.1, False),
        lambda torch, x, w: torch.batch_norm(x, w, None, None, None, True, 0.1, 0.1, False),
        lambda torch, t: torch.batch_norm(t, None, None, None, None, True, 0.1, 0.1, False),
        lambda torch, x, v: torch.group_norm(x, 3, v, v, 0.1),
        lambda torch, x: torch.group_norm(x, 1, eps=0.1),
        lambda torch, x: torch.group_norm(x, 2),
        lambda torch, x, w: torch.group_norm(x, 1, w),
        lambda torch, t, v: torch.group_norm(t, 3, v, None, 0.1),
        lambda torch, t, v: torch.instance_norm(t, v, v, None, None, True, 0.1, 0.1, False),
        lambda torch, t, v: torch.instance_norm(
            t, v, v, v.detach(), v.detach() ** 2, False, 0.1, 0.1, False
        ),
        lambda torch, t: torch.instance_norm(t, None, None, None, None, False, 0.1, 0.1, False),
    ),
]
