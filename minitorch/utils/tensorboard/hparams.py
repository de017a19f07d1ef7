"""The summaries that tell TensorBoard of a run's hyperparameters and of what they led to."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor
from minitorch.utils.tensorboard.arrays import make_np
from minitorch.utils.tensorboard.messages import (
    HPARAM_NUMBER,
    HPARAM_STRING,
    SUCCEEDED,
    Experiment,
    HParamInfo,
    HParamsPluginData,
    HParamValue,
    ListValue,
    Message,
    MetricInfo,
    MetricName,
    PluginData,
    SessionEndInfo,
    SessionStartInfo,
    Summary,
    SummaryMetadata,
    Value,
)


def hparams(
    hparam_dict: dict[str, Any] | None = None,
    metric_dict: dict[str, Any] | None = None,
    hparam_domain_discrete: dict[str, list[Any]] | None = None,
) -> tuple[Summary, Summary, Summary]:
    """Three summaries: what is varied and measured, a run's hyperparameters, and that it ended.

    Args:
        hparam_dict: the hyperparameters: numbers, strings, truth values; None is left out.
        metric_dict: whose keys are tags of scalars, by which runs are compared.
        hparam_domain_discrete: for some hyperparameters, all values that they may have.

    Raises:
        TypeError: one of them is no dict, or a domain is no list of values of the same type.
        ValueError: a hyperparameter of another type.
    """
    for name, given in (("hparam_dict", hparam_dict), ("metric_dict", metric_dict)):
        if not isinstance(given, dict):
            raise TypeError(f"parameter: {name} should be a dictionary, nothing logged.")
    assert hparam_dict is not None and metric_dict is not None
    domains = hparam_domain_discrete or {}
    _check_domains(domains, hparam_dict)
    infos, start = [], {}
    for name, given in hparam_dict.items():
        if given is None:
            continue
        value, kind = _value(given)
        start[name] = value
        domain = (
            ListValue(values=[_value(v)[0] for v in domains[name]]) if name in domains else None
        )
        infos.append(HParamInfo(name=name, type=kind, domain_discrete=domain))
    metrics = [MetricInfo(name=MetricName(tag=tag)) for tag in metric_dict]
    return (
        _summary("experiment", experiment=Experiment(hparam_infos=infos, metric_infos=metrics)),
        _summary("session_start_info", session_start_info=SessionStartInfo(hparams=start)),
        _summary("session_end_info", session_end_info=SessionEndInfo(status=SUCCEEDED)),
    )


def _check_domains(domains: Any, hparam_dict: dict[str, Any]) -> None:
    if not isinstance(domains, dict):
        raise TypeError("parameter: hparam_domain_discrete should be a dictionary, nothing logged.")
    for name, domain in domains.items():
        known = name in hparam_dict and isinstance(domain, list)
        if not (known and all(isinstance(v, type(hparam_dict[name])) for v in domain)):
            raise TypeError(
                f"parameter: hparam_domain_discrete[{name}] should be a list of same type as "
                f"hparam_dict[{name}]."
            )


def _value(given: Any) -> tuple[HParamValue, int]:
    """A hyperparameter and its type; a truth value is a number, 0 or 1."""
    if isinstance(given, str):
        return HParamValue(string_value=given), HPARAM_STRING
    if isinstance(given, Tensor):
        given = float(make_np(given).reshape(-1)[0])
    if isinstance(given, (int, float)):
        return HParamValue(number_value=given), HPARAM_NUMBER
    raise ValueError(
        "value should be one of int, float, str, bool, or torch.Tensor, but got "
        f"{type(given).__name__}: {given!r}"
    )


def _summary(tag: str, **content: Message) -> Summary:
    told = PluginData(
        plugin_name="hparams", content=HParamsPluginData(**content).SerializeToString()
    )
    value = Value(tag=f"_hparams_/{tag}", metadata=SummaryMetadata(plugin_data=told))
    return Summary(value=[value])
