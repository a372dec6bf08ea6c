"""Cases of metrics: truth and predictions, and what scikit-learn and fairlearn make of them."""

import math

import fairlearn.metrics as fair
import numpy as np
import sklearn.metrics as sk
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# scikit-learn clips by the precision of what it is given. The probabilities are 32-bit floats, and the sums are of 64 bits.
EPS = float(np.finfo(np.float32).eps)
BINS = 15


def number(value):
    """A number that JSON has; None for one that is none."""
    value = float(value)
    return value if math.isfinite(value) else None


def attempt(make):
    try:
        return number(make())
    except ValueError:
        return None


def ece(truth, probabilities):
    """Expected calibration error by its definition: Guo et al. 2017, formula 3."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    error = 0.0
    for least in range(BINS):
        inside = (confidence > least / BINS) & (confidence <= (least + 1) / BINS)
        if least == 0:
            inside |= confidence == 0
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def classification(name, truth, predicted, probabilities, groups=None):
    """`predicted` has -1 for what is no class. Of two classes the second is the positive one."""
    classes = probabilities.shape[1]
    labels = list(range(classes))
    p = probabilities.astype(np.float32).astype(np.float64)
    of = {"zero_division": 0}
    values = {
        "accuracy": sk.accuracy_score(truth, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, predicted),
        "matthews_corrcoef": sk.matthews_corrcoef(truth, predicted),
        "log_loss": sk.log_loss(truth, np.clip(p, EPS, 1 - EPS), labels=labels),
        "brier_score": sk.brier_score_loss(truth, p, labels=labels),
        "ece": ece(truth, p),
    }
    for average in ("macro", "micro", "weighted"):
        values[f"precision_{average}"] = sk.precision_score(truth, predicted, average=average, **of)
        values[f"recall_{average}"] = sk.recall_score(truth, predicted, average=average, **of)
        values[f"f1_{average}"] = sk.f1_score(truth, predicted, average=average, **of)
    per_class = sk.precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
    if classes == 2:
        values |= {"precision": per_class[0][1], "recall": per_class[1][1], "f1": per_class[2][1]}
        values["roc_auc"] = attempt(lambda: sk.roc_auc_score(truth == 1, p[:, 1]))
        values["average_precision"] = sk.average_precision_score(truth == 1, p[:, 1])
    else:
        values["roc_auc"] = attempt(
            lambda: np.mean([sk.roc_auc_score(truth == label, p[:, label]) for label in labels])
        )
        if (truth.max() == classes - 1) and len(set(truth)) == classes:
            ovr = sk.roc_auc_score(truth, p / p.sum(axis=1, keepdims=True), multi_class="ovr", labels=labels)
            assert abs(ovr - values["roc_auc"]) < 1e-3
        values["average_precision"] = np.mean(
            [sk.average_precision_score(truth == label, p[:, label]) for label in labels]
        )
    others = [-1] if (predicted == -1).any() else []
    return {
        "name": name,
        "task": "classification",
        "classes": classes,
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "probabilities": [np.float32(x).item() for x in probabilities.ravel()],
        "metrics": {key: None if value is None else number(value) for key, value in values.items()},
        "confusion": sk.confusion_matrix(truth, predicted, labels=labels + others)[:classes].tolist(),
        "per_class": [[number(x) for x in column] for column in zip(*per_class)],
        **({"fairness": fairness(truth, predicted, groups)} if groups is not None else {}),
    }


def fairness(truth, predicted, groups):
    truth, predicted = (truth == 1).astype(int), (predicted == 1).astype(int)
    found = {"groups": groups.tolist()}
    # fairlearn takes 0 for the share of no rows; here, such a group has none.
    judged = all((truth[groups == group] == 1).any() for group in set(groups))
    for name in ("demographic_parity", *(["equal_opportunity"] if judged else [])):
        for kind in ("difference", "ratio"):
            function = getattr(fair, f"{name}_{kind}")
            found[f"{name}_{kind}"] = number(function(truth, predicted, sensitive_features=groups))
    return found


def regression(name, truth, predicted):
    return {
        "name": name,
        "task": "regression",
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "metrics": {
            "mean_absolute_error": number(sk.mean_absolute_error(truth, predicted)),
            "root_mean_squared_error": number(sk.root_mean_squared_error(truth, predicted)),
            "r2": number(sk.r2_score(truth, predicted)),
            "mean_absolute_percentage_error": number(sk.mean_absolute_percentage_error(truth, predicted)),
        },
    }


def random_probabilities(rng, truth, classes):
    scores = rng.normal(size=(len(truth), classes)) * rng.choice([0.3, 1, 8])
    scores[np.arange(len(truth)), truth] += rng.choice([0, 1, 3])
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    # Some have ties, and some are as sure as can be.
    if rng.random() < 0.4:
        p = np.round(p * 4) / 4
        p[:, 0] = 1 - p[:, 1:].sum(axis=1)
        p = np.clip(p, 0, 1)
    return p


def random_classification(rng, index):
    classes = int(rng.choice([2, 2, 3, 5]))
    rows = int(rng.choice([1, 2, 9, 40]))
    # Of some cases, not every class is there.
    truth = rng.integers(0, rng.integers(1, classes + 1) if index % 3 == 0 else classes, rows)
    p = random_probabilities(rng, truth, classes)
    predicted = p.argmax(axis=1)
    if index % 4 == 1:
        predicted = np.where(rng.random(rows) < 0.2, -1, predicted)
    groups = rng.integers(0, 3, rows) if classes == 2 and rows == 40 else None
    return classification(f"random {index}: {rows} rows of {classes} classes", truth, predicted, p, groups)


def random_regression(rng, index):
    rows = int(rng.choice([1, 2, 5, 40]))
    truth = rng.normal(rng.choice([0, 1e6]), rng.choice([0, 1, 20]), rows)
    if index % 3 == 0:
        truth[0] = 0
    return regression(f"random {index}: {rows} targets", truth, truth + rng.normal(0, 0.5, rows))


def random_cases(rng, many):
    classes = [random_classification(rng, index) for index in range(many)]
    constant = np.full(4, 7.0)
    return [
        *classes,
        *(random_regression(rng, index) for index in range(many // 2)),
        regression("a constant target that is met", constant, constant),
        regression("a constant target that is missed", constant, constant + 1),
    ]


def real_cases():
    cases = []
    for load in (load_iris, load_breast_cancer, load_digits):
        x, y = load(return_X_y=True)
        fit_x, x, fit_y, y = train_test_split(x, y, test_size=0.5, random_state=1, stratify=y)
        models = {
            "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
            "random forest": RandomForestClassifier(20, random_state=1),
        }
        for name, model in models.items():
            p = model.fit(fit_x, fit_y).predict_proba(x)
            groups = (x[:, 1] > np.median(x[:, 1])).astype(int) if p.shape[1] == 2 else None
            cases.append(classification(f"{load.__name__[5:]}, {name}", y, p.argmax(axis=1), p, groups))
    x, y = load_diabetes(return_X_y=True)
    fit_x, x, fit_y, y = train_test_split(x, y, test_size=0.5, random_state=1)
    for model in (Ridge(), RandomForestRegressor(20, random_state=1)):
        predicted = model.fit(fit_x, fit_y).predict(x)
        cases.append(regression(f"diabetes, {type(model).__name__}", y, predicted))
    return cases
