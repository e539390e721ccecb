"""The page that shows runs, in a real browser; and curves that matplotlib draws."""

from __future__ import annotations

import base64
import errno
import json
import math
import os
import re
import shutil
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scitex.db import ExperimentTracker
from scitex.db.domain.errors import RecordNotFoundError

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.engine("sqlite file")
HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=alert(1)>"


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[ExperimentTracker]:
    """Return a tracker with runs of all sorts."""
    with ExperimentTracker(tmp_path / "runs.db") as tracker:
        for n in range(12):
            config = {"lr": 10.0**-n, "model": {"depth": n % 3}, "note": HOSTILE if n else "é"}
            with tracker.start_run("mnist", run_id=f"run {n:02d}", config=config) as run:
                for step in range(1000):
                    run.log(loss=math.exp(-step / (50 * (n + 1))), step=step)
                run.log(accuracy=math.nan if n == 3 else n / 12)
        tracker.log_run("other", {"name": HOSTILE}, {"accuracy": math.inf})
        yield tracker


def _seen(page: Path, script: str) -> Any:
    """Run a script in the page, as a browser has it; return what it says."""
    assert BROWSER is not None
    catching = "<script>window.bad = []; onerror = (...all) => bad.push(String(all[0]));</script>"
    telling = f"""<script>
        const text = selector => [...document.querySelectorAll(selector)].map(e => e.textContent);
        const column = at => text(`#runs tbody td:nth-child(${{at}})`);
        const said = (() => {{ {script} }})();
        document.body.innerHTML = "";
        const coded = btoa(encodeURIComponent(JSON.stringify([said, bad])));
        document.body.textContent = "@@" + coded + "@@";
    </script>"""
    text = page.read_text(encoding="utf-8")
    asked = page.with_name("asked.html")
    asked.write_text(text.replace("<head>", "<head>" + catching) + telling, encoding="utf-8")
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--dump-dom",
        asked.as_uri(),
    ]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    found = re.search(r"@@(.+?)@@", told)
    assert found is not None, told[-2000:]
    said, bad = json.loads(urllib.parse.unquote(base64.b64decode(found[1]).decode()))
    assert bad == []
    return said


@pytest.mark.tools("chromium")
def test_the_page_works_in_a_browser(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """It loads without errors, sorts, filters, draws, and tells differences."""
    page = tracker.report(tmp_path / "report.html", title="Runs <of> the lab")

    said = _seen(
        page,
        """
        const head = name => [...document.querySelectorAll("#runs thead button")]
            .find(each => each.textContent === name);
        const found = {title: document.title, rows: column(2).length};
        head("metrics.accuracy").click();
        found.up = column(2);
        head("metrics.accuracy").click();
        found.down = column(2);
        found.sorted = head("metrics.accuracy").parentNode.getAttribute("aria-sort");
        const filter = document.getElementById("filter");
        const ask = words => {
            filter.value = words;
            filter.dispatchEvent(new Event("input"));
            return [column(2), document.getElementById("shown").textContent];
        };
        found.word = ask('"run 07"');
        found.words = ask("run completed")[0].length;
        found.bound = ask("config.lr<1e-9 status=completed");
        ask("");
        document.getElementById("metric").value = "loss";
        document.getElementById("metric").dispatchEvent(new Event("change"));
        found.curves = document.querySelectorAll("#plot path").length;
        found.coloured = document.querySelectorAll("#plot path[stroke]").length;
        found.bent = document.querySelector("#plot path").getAttribute("d").split("L").length;
        document.getElementById("log").click();
        found.powers = text("#plot text").filter(each => each.startsWith("1e"));
        found.settings = text("#differences td:first-child");
        found.origins = text("#origins summary").length;
        found.focus = document.querySelectorAll("button, input, select, summary").length;
        return found;
        """,
    )

    assert said["title"] == "Runs <of> the lab"
    assert said["rows"] == 13
    assert (said["up"][0], said["up"][-1]) == ("run 00", "run 03")
    assert (said["down"][0], said["down"][-1]) == ("other", "run 03")
    assert said["sorted"] == "descending"
    assert said["word"] == [["run 07"], "1 of 13 runs"]
    assert said["words"] > 1
    assert said["bound"][0] == ["run 10", "run 11"] or set(said["bound"][0]) == {
        "run 10",
        "run 11",
    }
    assert (said["curves"], said["origins"]) == (12, 1)
    assert said["coloured"] == 5
    assert 200 < said["bent"] < 260
    assert said["powers"]
    assert "lr" in said["settings"]
    assert said["focus"] > 25


def test_the_page_is_one_file(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """It asks nothing of any network, and what is in the data stays data."""
    text = tracker.report(tmp_path / "report.html").read_text(encoding="utf-8")

    assert not re.search(r"(src|href)\s*=|@import|url\(|fetch\(", text.replace("src=x", ""))
    assert text.count("<script") == 2
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert len(text) < 1_000_000


def test_a_page_of_some_runs_or_none(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """The filter is that of `runs`."""
    some = tracker.report(tmp_path / "some.html", where={"run_id": ["run 01", "run 02"]})
    none = tracker.report(tmp_path / "none.html", where={"run_id": "nobody"})

    assert "run 02" in some.read_text(encoding="utf-8")
    assert "run 03" not in some.read_text(encoding="utf-8")
    assert '"runs":[]' in none.read_text(encoding="utf-8")


def test_curves_are_drawn(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """Of the latest runs, or of those that are named."""
    pytest.importorskip("matplotlib")
    figure = tracker.plot("loss")
    figure.savefig(tmp_path / "loss.png")

    assert len(figure.axes[0].lines) == 10
    assert len(tracker.plot("loss", runs=["run 01", "run 02"]).axes[0].lines) == 2
    assert figure.axes[0].get_ylabel() == "loss"
    assert (tmp_path / "loss.png").stat().st_size > 10_000
    with pytest.raises(RecordNotFoundError, match="'other'"):
        tracker.plot("other")


def test_a_report_is_whole_or_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full takes no page away."""
    with ExperimentTracker(tmp_path / "runs.db") as tracker:
        place = tracker.report(tmp_path / "report.html")
        before = place.read_bytes()
        tracker.log_run("r", {}, {"a": 1.0})

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            tracker.report(place)
        monkeypatch.undo()

        assert place.read_bytes() == before
        assert not [path for path in tmp_path.iterdir() if "report" in path.name and path != place]
