// Real spherical harmonics to degree 3 and their derivatives, in the order and sign of the 3DGS file format:
// Kerbl et al. 2023 (arXiv 2308.04079), section 4; the polynomials are those of Sloan, "Stupid Spherical
// Harmonics Tricks" (2008), appendix A2, for a unit direction (x, y, z).
#pragma once
#include "scene.hpp"

namespace splat {

// values[k] = Y_k(d); slopes[k] = its gradient over (x, y, z) as independent variables.
template <class Real> void evaluate_harmonics(int64_t degree, Vec3<Real> d, Real *values, Vec3<Real> *slopes) {
    const Real x = d.x, y = d.y, z = d.z;
    values[0] = Real(0.28209479177387814);
    slopes[0] = {0, 0, 0};
    if (degree < 1) return;
    const Real c1 = Real(0.4886025119029199);
    values[1] = -c1 * y, slopes[1] = {0, -c1, 0};
    values[2] = c1 * z, slopes[2] = {0, 0, c1};
    values[3] = -c1 * x, slopes[3] = {-c1, 0, 0};
    if (degree < 2) return;
    const Real c2 = Real(1.0925484305920792), d2 = Real(0.31539156525252005), e2 = Real(0.5462742152960396);
    values[4] = c2 * x * y, slopes[4] = {c2 * y, c2 * x, 0};
    values[5] = -c2 * y * z, slopes[5] = {0, -c2 * z, -c2 * y};
    values[6] = d2 * (2 * z * z - x * x - y * y), slopes[6] = {-2 * d2 * x, -2 * d2 * y, 4 * d2 * z};
    values[7] = -c2 * x * z, slopes[7] = {-c2 * z, 0, -c2 * x};
    values[8] = e2 * (x * x - y * y), slopes[8] = {2 * e2 * x, -2 * e2 * y, 0};
    if (degree < 3) return;
    const Real a = Real(0.5900435899266435), b = Real(2.890611442640554), c = Real(0.4570457994644658);
    const Real e = Real(0.3731763325901154), f = Real(1.445305721320277);
    const Real xx = x * x, yy = y * y, zz = z * z;
    values[9] = -a * y * (3 * xx - yy), slopes[9] = {-6 * a * x * y, -3 * a * (xx - yy), 0};
    values[10] = b * x * y * z, slopes[10] = {b * y * z, b * x * z, b * x * y};
    values[11] = -c * y * (4 * zz - xx - yy), slopes[11] = {2 * c * x * y, -c * (4 * zz - xx - 3 * yy), -8 * c * y * z};
    values[12] = e * z * (2 * zz - 3 * xx - 3 * yy), slopes[12] = {-6 * e * x * z, -6 * e * y * z, 3 * e * (2 * zz - xx - yy)};
    values[13] = -c * x * (4 * zz - xx - yy), slopes[13] = {-c * (4 * zz - 3 * xx - yy), 2 * c * x * y, -8 * c * x * z};
    values[14] = f * z * (xx - yy), slopes[14] = {2 * f * x * z, -2 * f * y * z, f * (xx - yy)};
    values[15] = -a * x * (xx - 3 * yy), slopes[15] = {-3 * a * (xx - yy), 6 * a * x * y, 0};
}

} // namespace splat
