"""Principal components of standardised features, as far as they vary."""

from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import StandardScaler


@dataclass(frozen=True)
class Components:
    """Features (n, p) to components (n, k): (features - centre) @ loadings (p, k).

    `explained` is the share of the standardised features' variance that the k components keep.
    """

    centre: np.ndarray
    loadings: np.ndarray
    explained: float

    def transform(self, features: np.ndarray) -> np.ndarray:
        return (features - self.centre) @ self.loadings


def spectrum(standard: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues, falling, and eigenvectors of `standard` (n, p; centred) times itself: the
    variances of the principal components times n - 1, and what `directions` makes these of.

    By the smaller of the two products: what the singular values of `standard` give, up to rounding,
    and with fewer patients than features in a third of their time.
    """
    wide = len(standard) < standard.shape[1]
    values, vectors = np.linalg.eigh(standard @ standard.T if wide else standard.T @ standard)
    return values[::-1].clip(min=0), vectors[:, ::-1]


def directions(standard: np.ndarray, values: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The principal directions (p, k) of the first k of a `spectrum`; the largest element of each
    eigenvector counts as positive."""
    largest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.sign(vectors[largest, range(len(values))])
    if len(standard) < standard.shape[1]:
        return standard.T @ (vectors / np.sqrt(values))
    return vectors


def fit_components(features: np.ndarray, keep: float | int, whiten: bool) -> Components:
    """Standardise `features` (n, p; population SD) and keep the first principal components.

    `keep`: a share of the variance (0 to 1), or a number of components, of which there are at most
    as many as the features have dimensions. Features that do not vary get no loading; where none
    does there are 0 components.
    """
    scaler = StandardScaler().fit(features)
    varies = scaler.var_ > 0
    standard = scaler.transform(features)
    # what rounding leaves of a constant feature is no variance
    varies &= np.abs(standard).max(axis=0) > 1e-6
    if not varies.any():
        return Components(scaler.mean_, np.zeros((features.shape[1], 0)), 0.0)
    standard = standard[:, varies]
    values, vectors = spectrum(standard)
    shares = values / values.sum()
    # features that repeat one another leave directions in which nothing but rounding varies
    real = int((values > 1e-10 * values[0]).sum())
    within = int(np.searchsorted(shares.cumsum(), keep, side="right")) + 1
    count = min(keep if isinstance(keep, int) else within, real)
    kept = directions(standard, values[:count], vectors[:, :count])
    if whiten:
        kept = kept / np.sqrt(values[:count] / (len(standard) - 1))
    loadings = np.zeros((features.shape[1], count))
    loadings[varies] = kept / scaler.scale_[varies, None]
    return Components(scaler.mean_, loadings, float(shares[:count].sum()))
