"""The judge's e-values, derived anew with numpy from their definitions: no recursion, no shared constants by import.

Reads one JSON object a line: {"margin", "worseBy", "tolerate"?, "alone", "baseline": [[n0, x0], ...],
"windows": [[n0, x0, n1, x1], ...]}; writes one a line: {"abort": [...], "pass": [...], "phi": .., "eta": [...]},
natural logarithms after each window.
"""

import json
import sys

import numpy as np

RATIOS = np.array([1.5, 2.0, 4.0, 10.0, 100.0])
BETS = np.array([0.15, 0.45, 0.25, 0.1, 0.05])
BROKEN = 0.04
FROM_START = 0.9
PASS_RATIOS = np.array([0.5, 0.75, 1.0, 1.15])
PARTS = np.array([0.1, 0.3, 0.5, 0.75])


def log_sum(logs, axis=None):
    most = np.max(logs, axis=axis, keepdims=True)
    most = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        out = np.log(np.sum(np.exp(logs - most), axis=axis, keepdims=True)) + most
    return np.squeeze(out, axis=axis)


def dispersion(n, x):
    """Overdispersion and its standard error, of neighbouring windows."""
    both = (n[1:] > 0) & (n[:-1] > 0)
    m = (x[1:] + x[:-1])[both]
    share = (n[1:] / np.maximum(1e-300, n[1:] + n[:-1]))[both]
    if m.sum() <= 0:
        return 1.0, 0.0
    phi = np.sum((x[1:][both] - m * share) ** 2 / (share * (1 - share))) / m.sum()
    return phi, np.sqrt(3 * max(0.0, np.sum(m * (m - 1)))) / m.sum()


def exponents(baseline, windows):
    n = np.concatenate([baseline[:, 0], windows[:, 0]])
    x = np.concatenate([baseline[:, 1], windows[:, 1]])
    etas = []
    for j, (n0, _, n1, _) in enumerate(windows):
        known = len(baseline) + j
        phi, error = dispersion(n[:known], x[:known])
        lower = phi / (1 + 1.5 * error)
        share = n1 / max(n0 + n1, 1e-300)
        etas.append(1.0 if lower <= 1 else 1 / (1 + (lower - 1) * max(1.0, 2 * share)))
    return np.array(etas), dispersion(n, x)[0]


def log_binomial_ratio(x1, x0, theta, theta0):
    """ln of θ^x₁(1−θ)^x₀ over the same with θ₀."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one = np.where(x1 > 0, x1 * (np.log(theta) - np.log(theta0)), 0.0)
        other = np.where(x0 > 0, x0 * (np.log1p(-theta) - np.log1p(-theta0)), 0.0)
    return one + other


def broken_gain(n0, x0, n1, x1, margin, alone):
    if x1 < n1:
        return -np.inf
    if n0 == 0:
        return n1 * np.log(1 / alone)
    p0 = min((n1 + 0.05 * n0) / (n0 + n1), 1 / margin)
    return n1 * np.log(1 / (margin * p0)) + x0 * np.log(0.05 / p0) + (n0 - x0) * np.log(0.95 / (1 - p0))


def share_of(n0, n1, ratio):
    w = n1 / (n0 + n1)
    return w * ratio / (w * ratio + 1 - w)


def evidence(stream):
    windows = np.array(stream["windows"], dtype=float).reshape(-1, 4)
    baseline = np.array(stream["baseline"], dtype=float).reshape(-1, 2)
    eta, phi = exponents(baseline, windows)
    counted = windows[:, 2] > 0
    n0, x0, n1, x1 = windows[counted].T
    eta_used = eta[counted]
    margin, worse = stream["margin"], stream["worseBy"]
    theta0 = share_of(n0, n1, margin)
    gains = [eta_used * log_binomial_ratio(x1, x0, share_of(n0, n1, r * margin), theta0) for r in RATIOS]
    broken = [broken_gain(*row, margin, stream["alone"]) for row in zip(n0, x0, n1, x1)]
    gains.append(eta_used * np.array(broken))
    bets = np.append((1 - BROKEN) * BETS, BROKEN)
    count = len(n0)
    starts = np.array([FROM_START] + [(1 - FROM_START) / (k * (k - 1)) for k in range(2, count + 1)])
    later = np.arange(count)[None, :] >= np.arange(count)[:, None]
    terms = [np.log((1 - FROM_START) / np.arange(1, count + 1))[None, :]]
    for bet, gain in zip(bets, gains):
        sums = np.cumsum(np.where(later, gain[None, :], 0.0), axis=1)
        terms.append(np.where(later, np.log(bet) + np.log(starts)[:, None] + sums, -np.inf))
    abort = log_sum(np.concatenate(terms, axis=0), axis=0)
    null = share_of(n0, n1, worse)
    tests = [np.where(n0 > 0, log_binomial_ratio(x1, x0, share_of(n0, n1, r), null), 0.0) for r in PASS_RATIOS]
    passed = log_sum(np.cumsum(eta_used * np.array(tests), axis=1), axis=0) - np.log(len(PASS_RATIOS))
    if "tolerate" in stream:
        t = stream["tolerate"]
        q = (PARTS * t)[:, None]
        rates = x1 * np.log(q / t) + (n1 - x1) * np.log((1 - q) / (1 - t))
        alone = log_sum(np.cumsum(eta_used * rates, axis=1), axis=0) - np.log(len(PARTS))
        passed = np.logaddexp(passed, alone) - np.log(2)
    place = np.cumsum(counted) - 1
    return {
        "abort": [0.0 if p < 0 else float(abort[p]) for p in place],
        "pass": [0.0 if p < 0 else float(passed[p]) for p in place],
        "phi": float(phi),
        "eta": [float(e) for e in eta],
    }


for line in sys.stdin:
    print(json.dumps(evidence(json.loads(line))))
