"""The doctor's page has all findings, and its examples do what it says."""

import doctest
import re

from docs import make_doctor
from minitorch.inspect.diagnosis import CHECKS


def test_the_table_has_every_finding():
    page = make_doctor.PATH.read_text(encoding="utf-8")
    assert page == make_doctor.text(), "run: python -m docs.make_doctor"
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(CHECKS)


def test_the_examples_run():
    page = make_doctor.PATH.read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(code, {}, "doctor.md", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0
