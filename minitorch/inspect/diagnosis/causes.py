"""What follows from what: a mistake is told before its consequences, and in place of some."""

from __future__ import annotations

from minitorch.inspect.diagnosis.findings import NOTE, SEVERITIES, Finding

# In this order mistakes bring about others. What stands here goes before what follows from it.
CAUSES = (
    "nonfinite_inputs", "nonfinite_parameters", "inputs_not_normalised", "equal_weights", "labels",
    "loss_broadcasts", "activation_before_loss", "targets_out_of_reach", "zero_grad_forgotten",
    "step_without_backward", "initial_loss", "learning_rate_too_large", "nonfinite", "dead_relu",
    "vanishing_gradients",
)  # fmt: skip
# These may follow from any cause that stands before them, or from all if they are none.
CONSEQUENCES = {
    "initial_loss", "learning_rate_too_large", "nonfinite", "dead_relu", "exploding_gradients",
    "vanishing_gradients", "constant_output", "same_prediction", "learning_rate_too_small",
    "loss_flat",
}  # fmt: skip
# And these say nothing new beside one of theirs.
IMPLIED = {
    "nonfinite": {"nonfinite_inputs", "nonfinite_parameters"},
    "initial_loss": {"labels", "loss_broadcasts", "activation_before_loss"},
    "exploding_gradients": {"learning_rate_too_large", "nonfinite_parameters"},
    "dead_relu": {"equal_weights"},
    "vanishing_gradients": {"dead_relu", "equal_weights", "targets_out_of_reach"},
    "learning_rate_too_small": {
        "dead_relu", "vanishing_gradients", "step_without_backward", "equal_weights",
    },
    "constant_output": {"dead_relu", "equal_weights", "targets_out_of_reach"},
    "same_prediction": {"dead_relu", "vanishing_gradients", "equal_weights", "constant_output"},
    "loss_flat": {"targets_out_of_reach", "dead_relu", "vanishing_gradients", "equal_weights"},
}  # fmt: skip


def ordered(findings: list[Finding]) -> list[Finding]:
    """Errors first, then warnings and notes, but a cause before its consequences; each once."""
    unique = list(dict.fromkeys(findings))
    serious = {each.name for each in unique if each.severity != NOTE}
    kept = [each for each in unique if not serious & IMPLIED.get(each.name, set())]

    def rank(each: Finding) -> tuple[int, int]:
        own, place = SEVERITIES.index(each.severity), _place(each)
        if own == len(SEVERITIES) - 1 or place == len(CAUSES):
            return own, place
        caused = [o for o in kept if o.name in CONSEQUENCES and _place(o) > place]
        return min([own, *(SEVERITIES.index(o.severity) for o in caused)]), place

    return sorted(kept, key=rank)


def _place(each: Finding) -> int:
    return CAUSES.index(each.name) if each.name in CAUSES else len(CAUSES)
