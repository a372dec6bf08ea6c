"""Splits rows, and fits: missing values, scale, choice of columns, logistic regression, as one pipeline."""

import math
import warnings
from collections import Counter
from dataclasses import dataclass

import numpy as np
from contract import RefusalError, say
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectFromModel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.model_selection import cross_validate as scores_of
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

# Of each class: so that every part of the split, and every fold, has some.
FEWEST_OF_A_CLASS = 10

# A label with more different numbers than this, few rows each, is a quantity.
MOST_CLASSES_OF_NUMBERS = 20

# What is tried where nobody says how simple the regression is to be, the simplest first.
CHOICE = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True)
class Split:
    """Row numbers."""

    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def learned(self) -> np.ndarray:
        return np.sort(np.concatenate([self.training, self.validation]))

    def sizes(self) -> str:
        return f"{len(self.training)} rows to learn from, {len(self.validation)} to validate, {len(self.test)} to test"


def classes_of(labels: np.ndarray) -> list[str]:
    """Names of the classes, numbers by their size. Refuses labels that are none of a classification, or too few of a class."""
    counts = Counter(labels.tolist())
    refuse_quantity(counts)
    if len(counts) == 1:
        raise RefusalError(f"All {len(labels)} rows have the label '{labels[0]}': there is nothing to tell apart.")
    name, fewest = min(counts.items(), key=lambda item: item[1])
    if fewest < FEWEST_OF_A_CLASS:
        raise RefusalError(
            f"Too few rows: {fewest} have the label '{name}', and each label needs {FEWEST_OF_A_CLASS}. "
            "Bring more rows, or leave that label out."
        )
    return sorted(counts, key=sort_key)


def refuse_quantity(counts: Counter):
    numbers = [as_number(name) for name in counts]
    if None in numbers or len(counts) <= MOST_CLASSES_OF_NUMBERS:
        return
    rows = sum(counts.values())
    if rows / len(counts) < FEWEST_OF_A_CLASS or any(number % 1 for number in numbers):
        raise RefusalError(
            f"The label is a quantity: {len(counts)} different numbers in {rows} rows. This trainer is a classifier; "
            "a regression needs another one."
        )


def as_number(name: str) -> float | None:
    try:
        return float(name)
    except ValueError:
        return None


def sort_key(name: str):
    number = as_number(name)
    return (1, 0.0, name) if number is None else (0, number, name)


def encode(labels: np.ndarray, names: list[str]) -> np.ndarray:
    places = {name: place for place, name in enumerate(names)}
    return np.array([places[label] for label in labels.tolist()], np.int64)


def split_rows(targets: np.ndarray, seed: int, validation: float, test: float) -> Split:
    """Each class has its share in each part."""
    rows = np.arange(len(targets))
    rest, held = train_test_split(rows, test_size=test, stratify=targets, random_state=seed)
    share = validation / (1 - test)
    training, validating = train_test_split(rest, test_size=share, stratify=targets[rest], random_state=seed)
    return Split(training, validating, held)


def pipeline_of(options, c: float) -> Pipeline:
    def regression():
        weight = None if options.class_weight == "none" else options.class_weight
        return LogisticRegression(C=c, max_iter=options.max_iter, class_weight=weight, random_state=options.seed)

    return Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("scale", StandardScaler()),
            ("select", SelectFromModel(regression(), threshold=options.threshold)),
            ("classify", regression()),
        ]
    )


def cross_validate(options, features: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """
    Of pipelines, each judged on a fold that it was fitted without. Of several C it is the simplest that is as good as the
    best, by a standard error of its log loss. Source: Breiman et al., "Classification and regression trees", 1984, 3.4.3.
    """
    candidates = CHOICE if options.c == 0 else (options.c,)
    found = [judge(options, c, features, targets) for c in candidates]
    best = min(found, key=lambda each: each["log_loss"])
    bar = best["log_loss"] + best["log_loss_sd"] / math.sqrt(best["folds"])
    return next(each for each in found if each["log_loss"] <= bar)


def judge(options, c: float, features: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    folds = min(options.folds, *Counter(targets.tolist()).values())
    parts = StratifiedKFold(folds, shuffle=True, random_state=options.seed)
    pipeline, scoring = pipeline_of(options, c), {"accuracy": "accuracy", "log_loss": "neg_log_loss"}
    scores = quietly(lambda: scores_of(pipeline, features, targets, cv=parts, scoring=scoring, error_score="raise"))
    accuracy, loss = scores["test_accuracy"], -scores["test_log_loss"]
    return {**spread("accuracy", accuracy), **spread("log_loss", loss), "c": c, "folds": folds}


def spread(name: str, values: np.ndarray) -> dict[str, float]:
    return {name: float(values.mean()), f"{name}_sd": float(values.std(ddof=1))}


def fit(options, c: float, features: np.ndarray, targets: np.ndarray) -> Pipeline:
    return quietly(lambda: pipeline_of(options, c).fit(features, targets))


def quietly(work):
    """One thread, so that sums are made in one order; and a sentence instead of a warning for each fit."""
    with warnings.catch_warnings(record=True) as caught, threadpool_limits(limits=1):
        warnings.simplefilter("always")
        try:
            result = work()
        except ValueError as error:
            # What scikit-learn says where the choice leaves nothing; anything else is a fault.
            if "0 feature(s)" not in str(error):
                raise
            raise RefusalError(
                "No column matters so much as the hyperparameter threshold asks for: lower it, or raise c."
            ) from error
    if any(issubclass(each.category, ConvergenceWarning) for each in caught):
        say("  The fit has not settled yet: raise the hyperparameter max_iter.")
    return result


def chosen_columns(pipeline: Pipeline, columns: list[str]) -> list[str]:
    return [name for name, kept in zip(columns, pipeline["select"].get_support()) if kept]
