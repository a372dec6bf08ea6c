"""Cases of distributions, intervals and tests, with what scipy and statsmodels say; Tango's interval by brute force."""

import contextlib
import math

from scipy import stats
from scipy.optimize import brentq, minimize_scalar
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

ALPHAS = (0.05, 0.1, 0.01, 0.001)


def finite(value):
    value = float(value)
    return value if math.isfinite(value) else None


def distributions(rng, many):
    found = []
    for _ in range(many):
        p = float(rng.choice([10 ** -rng.uniform(0.31, 12), rng.uniform()]))
        z = float(rng.normal() * rng.choice([0.1, 2, 8]))
        n = int(10 ** rng.uniform(0, 6))
        share = float(rng.choice([rng.uniform(), 1e-4]))
        k = min(n, int(max(0, n * share + rng.normal() * 3 * math.sqrt(n * share))))
        a, b = (float(10 ** rng.uniform(-0.5, 4)) for _ in range(2))
        found.append(
            {
                "p": p,
                "normal_quantile": stats.norm.ppf(p),
                "z": z,
                "normal_cdf": stats.norm.cdf(z),
                "k": k,
                "n": n,
                "share": share,
                "binomial_cdf": stats.binom.cdf(k, n, share),
                "a": a,
                "b": b,
                "beta_quantile": stats.beta.ppf(p, a, b),
                "beta_cdf": stats.beta.cdf(a / (a + b), a, b),
            }
        )
    return found


def likely_loss(rows, gained, lost, difference):
    """Share of rows that only the champion has right, most likely if the shares differ by `difference`: by search."""
    agree = rows - gained - lost

    def unlikely(loss):
        terms = ((gained, loss + difference), (lost, loss), (agree, 1 - 2 * loss - difference))
        return -sum(count * math.log(max(share, 1e-300)) for count, share in terms if count > 0)

    least, most = max(0.0, -difference), (1 - difference) / 2
    found = minimize_scalar(unlikely, bounds=(least, most), method="bounded", options={"xatol": 1e-14})
    return min((least, most, found.x), key=unlikely)


def score(rows, gained, lost, difference):
    loss = likely_loss(rows, gained, lost, difference)
    variance = rows * (2 * loss + difference * (1 - difference))
    return (gained - lost - rows * difference) / math.sqrt(max(variance, 1e-300))


def tango(rows, gained, lost, alpha):
    z = stats.norm.isf(alpha / 2)
    seen = (gained - lost) / rows
    edge = 1 - 1e-9

    def root(sign, low, high):
        return brentq(lambda at: score(rows, gained, lost, at) + sign * z, low, high, xtol=1e-12)

    low = -1.0 if seen == -1 else root(-1, -edge, seen)
    high = 1.0 if seen == 1 else root(1, seen, edge)
    return low, high


def paired(rng, many):
    found = []
    for _ in range(many):
        rows = int(rng.choice([5, 21, 44, 300, 5000]))
        gained = int(rng.integers(0, max(1, rows * rng.choice([0, 0.02, 0.3]) + 1)))
        lost = int(rng.integers(0, max(1, (rows - gained) * rng.choice([0, 0.02, 0.3]) + 1)))
        alpha = float(rng.choice(ALPHAS))
        margin = float(rng.choice([0.01, 0.03, 0.1]))
        low, high = tango(rows, gained, lost, alpha)
        n, fewer = gained + lost, min(gained, lost)
        exact = float(mcnemar([[0, gained], [lost, 0]], exact=True).pvalue) if n else 1.0
        better = stats.binom(n, 0.5)
        found.append(
            {
                "rows": rows,
                "gained": gained,
                "lost": lost,
                "alpha": alpha,
                "margin": margin,
                "low": low,
                "high": high,
                "z": score(rows, gained, lost, -margin),
                "exact": exact,
                "midP": min(1.0, 2 * better.cdf(fewer) - better.pmf(fewer)) if n else 1.0,
                "betterExact": better.cdf(lost),
                "betterMidP": better.cdf(lost) - better.pmf(lost) / 2,
            }
        )
    return found


def miettinen_nurminen(x1, n1, x2, n2, alpha):
    """By search: statsmodels 0.15 takes shares for this interval that are not the most likely ones (56/70 and 48/80 give
    0.0526 to 0.3440; Newcombe 1998, table II, has 0.0528 to 0.3382, as this has)."""
    z = stats.norm.isf(alpha / 2)
    seen = x1 / n1 - x2 / n2
    edge = 1 - 1e-9

    def unlikely(p, difference):
        terms = ((x1, p + difference), (n1 - x1, 1 - p - difference), (x2, p), (n2 - x2, 1 - p))
        return -sum(count * math.log(max(share, 1e-300)) for count, share in terms if count > 0)

    def score(difference):
        least, most = max(0.0, -difference), min(1.0, 1 - difference)
        found = minimize_scalar(
            unlikely, args=(difference,), bounds=(least, most), method="bounded", options={"xatol": 1e-14}
        )
        p = min((least, most, found.x), key=lambda at: unlikely(at, difference))
        q = p + difference
        variance = (q * (1 - q) / n1 + p * (1 - p) / n2) * (n1 + n2) / (n1 + n2 - 1)
        return (seen - difference) / math.sqrt(max(variance, 1e-300))

    low = -1.0 if seen == -1 else brentq(lambda at: score(at) - z, -edge, seen, xtol=1e-12)
    high = 1.0 if seen == 1 else brentq(lambda at: score(at) + z, seen, edge, xtol=1e-12)
    return low, high


def ends(interval):
    return [finite(end) for end in interval]


def unpaired(rng, many):
    found = []
    for _ in range(many):
        n1, n2 = (int(rng.choice([4, 30, 200, 5000])) for _ in range(2))
        x1, x2 = (int(rng.integers(0, int(n * rng.choice([0.05, 0.5, 1])) + 1)) for n in (n1, n2))
        alpha = float(rng.choice(ALPHAS))
        case = {"first": [x1, n1], "second": [x2, n2], "alpha": alpha}
        case["wilson"] = ends(proportion_confint(x1, n1, alpha, "wilson"))
        case["clopper_pearson"] = ends(proportion_confint(x1, n1, alpha, "beta"))
        case["newcombe"] = ends(confint_proportions_2indep(x1, n1, x2, n2, "newcomb", "diff", alpha))
        case["difference"] = list(miettinen_nurminen(x1, n1, x2, n2, alpha))
        # statsmodels fails at the edges, and sometimes elsewhere.
        if 0 < x1 < n1 and 0 < x2 < n2:
            with contextlib.suppress(ValueError):
                case["ratio"] = ends(confint_proportions_2indep(x1, n1, x2, n2, "score", "ratio", alpha))
        found.append(case)
    return found


def cases(rng, many):
    return {
        "distributions": distributions(rng, many),
        "paired": paired(rng, many),
        "unpaired": unpaired(rng, many),
    }
