"""The unpicklers that rebuild what was saved: one that runs no code, one that runs all."""

from __future__ import annotations

import pickle
import pickletools
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .rebuilding import known, ours
from .storages import PlacingFailed

# The one in Python, whose instructions can be told apart; pickle.Unpickler runs them all.
_Unpickler: Any = vars(pickle)["_Unpickler"]

_OPCODES = [
    pickle.PROTO, pickle.STOP, pickle.MARK, pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE,
    pickle.BININT, pickle.BININT1, pickle.BININT2, pickle.LONG1, pickle.BINFLOAT,
    pickle.BINUNICODE, pickle.EMPTY_DICT, pickle.EMPTY_LIST, pickle.EMPTY_SET,
    pickle.EMPTY_TUPLE, pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3,
    pickle.APPEND, pickle.APPENDS, pickle.SETITEM, pickle.SETITEMS, pickle.BINPUT,
    pickle.LONG_BINPUT, pickle.BINGET, pickle.LONG_BINGET, pickle.BINPERSID, pickle.GLOBAL,
    pickle.REDUCE, pickle.NEWOBJ, pickle.BUILD, pickle.SHORT_BINSTRING,
]  # fmt: skip


class _Opcodes(dict[int, Callable[[Any], None]]):
    def __missing__(self, opcode: int) -> Any:
        raise pickle.UnpicklingError(
            f"Unsupported operand {opcode}: the pickle is damaged, or was not saved with "
            "pickle_protocol=2"
        )


class Restricted(_Unpickler):
    """An unpickler that runs no code: it calls what `KNOWN` and the user's safe globals name,
    and follows only the instructions that `save` needs."""

    dispatch = _Opcodes({op[0]: _Unpickler.dispatch[op[0]] for op in _OPCODES})

    def __init__(
        self, file: Any, where: str, storages: Any, safe: dict[str, Any], **options: Any
    ) -> None:
        super().__init__(file, **options)
        self.where, self.storages, self.safe = where, storages, safe
        self.granted: dict[int, Any] = {}

    def load(self) -> Any:
        """The object in the file; its errors say what was read, and why not."""
        with explained(self.where):
            return super().load()

    def persistent_load(self, pid: Any) -> Any:
        """The storage that `pid` names."""
        return self.storages.named(pid)

    def find_class(self, module: str, name: str) -> Any:
        """What a name stands for, from the two tables and nowhere else."""
        found = known(module, name)
        if found is None:
            full = f"{module.replace('__builtin__', 'builtins')}.{name}"
            if full not in self.safe:
                raise _refused(full)
            found = self.safe[full]
        self.granted[id(found)] = found
        return found

    def _grant(self, callee: Any) -> None:
        if id(callee) not in self.granted:
            raise pickle.UnpicklingError(f"a call of {callee!r:.100}, which is not a global")

    def load_reduce(self) -> None:
        self._grant(self.stack[-2])
        super().load_reduce()

    def load_newobj(self) -> None:
        self._grant(self.stack[-2])
        super().load_newobj()

    def load_build(self) -> None:
        instance, state = self.stack[-2], self.stack[-1]
        if type(instance) is OrderedDict and type(state) is dict:
            vars(instance).update(self.stack.pop())
        elif any(type(instance) is safe for safe in self.safe.values()):
            super().load_build()
        else:
            raise pickle.UnpicklingError(
                f"a state for a {type(instance).__name__}; only OrderedDict and safe globals "
                "can be given one"
            )

    for _opcode, _method in (
        (pickle.REDUCE, load_reduce), (pickle.NEWOBJ, load_newobj), (pickle.BUILD, load_build),
    ):  # fmt: skip
        dispatch[_opcode[0]] = _method
    del _opcode, _method


def _refused(name: str) -> pickle.UnpicklingError:
    short = name.rpartition(".")[2]
    hint = (
        "It is a class or function of PyTorch's own: save model.state_dict() instead of the model."
        if name.partition(".")[0] == "torch"
        else "If this is a whole model, save model.state_dict() instead. Do the following only if "
        f"you trust the origin of the file: allow this one name, with "
        f"torch.serialization.add_safe_globals([{short}]) or the context manager "
        f"torch.serialization.safe_globals([{short}]); or allow every name, with "
        "weights_only=False, which lets the file run any code."
    )
    return pickle.UnpicklingError(
        f"Unsupported global: GLOBAL {name} was not an allowed global by default, because "
        f"rebuilding it can run code. {hint}"
    )


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Say of an error in a pickle that is read without running code what was read, and why not."""
    try:
        yield
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(f"Weights only load failed. {error} (in {where})") from error
    except EOFError as error:
        raise EOFError(f"Ran out of input: the pickle in {where} is cut short") from error
    except (RuntimeError, MemoryError, PlacingFailed):
        raise
    except Exception as error:
        raise pickle.UnpicklingError(
            f"Weights only load failed. The pickle in {where} is damaged: "
            f"{type(error).__name__}: {error}"
        ) from error


def trusting(module: Any) -> Any:
    """An unpickler of a module such as pickle, which runs whatever code the file asks for.

    Names of PyTorch's mean minitorch's.
    """

    class Trusting(module.Unpickler):  # type: ignore[misc]
        storages: Any

        def persistent_load(self, pid: Any) -> Any:
            return self.storages.named(pid)

        def find_class(self, module: str, name: str) -> Any:
            found = known(module, name)
            if found is None and module.partition(".")[0] == "torch":
                found = ours(module, name)
                if found is None:
                    raise AttributeError(
                        f"the file needs {module}.{name}, which minitorch does not have"
                    )
            return super().find_class(module, name) if found is None else found

    return Trusting


def refused_names(data: bytes, safe: dict[str, Any]) -> list[str]:
    """The full names in a pickle that neither minitorch nor the user allows."""
    found = (
        str(name).split(" ") for op, name, _ in pickletools.genops(data) if op.name == "GLOBAL"
    )
    names = {".".join(parts): parts for parts in found}
    return [name for name, parts in names.items() if known(*parts) is None and name not in safe]
