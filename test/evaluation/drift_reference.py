"""What scipy and Evidently say of two samples, as JSON.

`drift_reference.py FOLDER` writes the fixture of the unit tests; `drift_reference.py --live SEED` prints new cases. It runs
where bench/drift/install.sh has put Evidently.
"""

import json
import os
import sys
import warnings
from pathlib import Path

os.environ["DO_NOT_TRACK"] = "1"
import numpy as np
import pandas as pd
from evidently.legacy.calculations.stattests import jensenshannon_stat_test, ks_stat_test, psi_stat_test
from evidently.legacy.core import ColumnType
from scipy import stats
from scipy.spatial import distance

warnings.simplefilter("ignore")

# As many as chance is reckoned exactly of: m n / (m + n).
FEW = 140


def sample(rng, rows, shift):
    kind = rng.integers(0, 3)
    if kind == 0:
        return np.round(rng.normal(shift, 1, rows), 3)
    if kind == 1:
        return rng.poisson(6 * (1 + shift), rows).astype(float)
    return np.round(rng.lognormal(shift, 1, rows), 2)


def evidently(test, first, second, kind):
    return float(test(pd.Series(first), pd.Series(second), kind, None).drift_score)


def numbers(rng, sizes):
    found = []
    for m, n in sizes:
        kind = rng.bit_generator.state
        first = sample(rng, m, 0)
        rng.bit_generator.state = kind
        second = sample(rng, n + m, float(rng.choice([0, 0.1, 0.5])))[m:]
        few = m * n / (m + n) <= FEW
        test = stats.ks_2samp(first, second, method="exact" if few else "asymp")
        edges = np.histogram_bin_edges(np.concatenate([first, second]), bins="sturges")
        # With fewer values Evidently looks at each of them.
        binned = pd.Series(first).nunique() > 20
        found.append(
            {
                "name": f"{m} and {n}",
                "first": sorted(first.tolist()),
                "second": sorted(second.tolist()),
                "statistic": float(test.statistic),
                "p_value": float(test.pvalue),
                "evidently_p_value": evidently(ks_stat_test, first, second, ColumnType.Numerical) if few else None,
                "edges": edges[1:-1].tolist() if binned else None,
                "psi": evidently(psi_stat_test, first, second, ColumnType.Numerical) if binned else None,
                "jensen_shannon": evidently(jensenshannon_stat_test, first, second, ColumnType.Numerical)
                if binned
                else None,
            }
        )
    return found


def pooled(table):
    """The rarest together, until 5 of them are to be expected in the smaller sample."""
    share = table.sum(axis=0).min() / table.sum()
    order = table[np.argsort(-table.sum(axis=1), kind="stable")]
    for kept in range(len(order), 0, -1):
        rest = order[kept:].sum()
        if order[kept - 1].sum() * share >= 5 and (rest == 0 or rest * share >= 5):
            break
    kept = max(kept, 1)
    rest = order[kept:].sum(axis=0)
    return np.vstack([order[:kept], rest]) if rest.sum() else order[:kept]


def categories(rng, many):
    found = []
    for _ in range(many):
        count = int(rng.choice([2, 3, 8, 30]))
        shares = rng.dirichlet(np.full(count, 0.8))
        moved = shares if rng.uniform() < 0.5 else rng.dirichlet(shares * 200 + 0.01)
        sizes = [int(rng.choice([200, 2000, 100_000])), int(rng.choice([60, 500, 20_000]))]
        table = np.array([rng.multinomial(sizes[0], shares), rng.multinomial(sizes[1], moved)]).T
        table = table[table.sum(axis=1) > 0]
        cells = pooled(table)
        test = stats.chi2_contingency(cells, correction=False) if len(cells) > 1 else None
        columns = [np.repeat(np.arange(len(table)), table[:, side]).astype(str) for side in (0, 1)]
        found.append(
            {
                "first": table[:, 0].tolist(),
                "second": table[:, 1].tolist(),
                "degrees": int(test.dof) if test else 0,
                "statistic": float(test.statistic) if test else 0,
                "p_value": float(test.pvalue) if test else 1,
                "psi": evidently(psi_stat_test, *columns, ColumnType.Categorical),
                "jensen_shannon": float(distance.jensenshannon(table[:, 0], table[:, 1])),
            }
        )
    return found


def tails(rng, many):
    cases = [(int(rng.choice([141, 400, 2048, 25_000])), float(10 ** rng.uniform(-0.3, 0.7))) for _ in range(many)]
    return [{"n": n, "d": z / n**0.5, "tail": float(stats.kstwo.sf(z / n**0.5, n))} for n, z in cases]


def discoveries(rng, many):
    found = []
    for _ in range(many):
        p_values = np.round(rng.uniform(size=int(rng.choice([1, 5, 30]))) ** rng.choice([1, 4]), 4)
        found.append({"p_values": p_values.tolist(), "adjusted": stats.false_discovery_control(p_values).tolist()})
    return found


def cases(rng, sizes, many):
    return {
        "numbers": numbers(rng, sizes),
        "categories": categories(rng, many),
        "tails": tails(rng, many),
        "discoveries": discoveries(rng, many),
    }


SMALL = [(5, 7), (20, 20), (30, 200), (120, 90), (150, 500), (400, 1500)]
LARGE = [(1, 30), (60, 4096), (280, 280), (200, 4096), (500, 4096), (4096, 4096), (137, 4096)]


def main() -> None:
    if sys.argv[1] == "--live":
        print(json.dumps(cases(np.random.default_rng(int(sys.argv[2])), SMALL + LARGE, 40), allow_nan=False))
        return
    made = cases(np.random.default_rng(20261123), SMALL, 12)
    (Path(sys.argv[1]) / "drift.json").write_text(json.dumps(made, allow_nan=False) + "\n")


main()
