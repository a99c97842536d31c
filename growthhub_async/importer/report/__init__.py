"""A job as a page to look at.

values.py      the numbers
figures.py     a job to numbers: `figures_of`; with shares, messages, latencies, quotas, timeline: one question each
words.py       numbers to words
scales.py      numbers to places on an axis
charts.py      numbers to pictures
page.py        all of it to one HTML file: `write_report`
"""

from .figures import figures_of
from .page import page_of, write_report
from .values import Figures

__all__ = ["Figures", "figures_of", "page_of", "write_report"]
