"""Densities made of several parts.

Here: `GaussianMixture`, of Gaussians, from which new points can be drawn.
Elsewhere: groups without a density are in pellucid.cluster; one Gaussian a class in pellucid.naive_bayes.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.base and pellucid.cluster; Numba
inside fit.
"""

from pellucid.mixture._gaussian_mixture import GaussianMixture

__all__ = ["GaussianMixture"]
