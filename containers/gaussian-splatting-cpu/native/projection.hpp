// From a Gaussian in the world to its footprint in a picture, and back for gradients.
// Equations: EWA splatting (Zwicker et al. 2001), 3D Gaussian Splatting (Kerbl et al. 2023, arXiv 2308.04079, section 4
// and appendix A) and the mathematical supplement of gsplat (Ye and Kanazawa 2023, arXiv 2312.02121).
#pragma once
#include "harmonics.hpp"
#include <algorithm>

namespace splat {

constexpr double LEAST_ALPHA = 1.0 / 255; // fainter contributions are not drawn (Kerbl et al., appendix C)

// What the rasteriser needs of one Gaussian, or the gradients of that.
template <class Real> struct Footprint {
    Real u, v;         // centre in pixels
    Real a, b, c;      // inverse covariance [[a, b], [b, c]]
    Real opacity;
    Real colour[3];
    Real depth;        // no gradient
    Real reach_x, reach_y; // half sizes in pixels of the box in which alpha can reach LEAST_ALPHA; 0: not visible
};

// Intermediate values of one projection; computed again for the gradients rather than kept.
template <class Real> struct Projection {
    Vec3<Real> position;      // camera space: t = R mu + T
    Real slope_x, slope_y;    // t.x / t.z and t.y / t.z, limited to a little more than the picture
    bool free_x, free_y;      // whether the limit did not bind
    Real length, rotation[9]; // |q| and the matrix of q / |q|
    Real scale[3], half[9];   // half = rotation * diag(scale): Sigma = half half^T (Kerbl et al., eq. 6)
    Real seen[9];             // W Sigma W^T, in camera space
    Real jacobian[6];         // of the projection (Zwicker et al.)
    Real xx, xy, yy;          // J W Sigma W^T J^T without dilation (Kerbl et al., eq. 5)
    Real determinant, bare_determinant; // with and without dilation
    Real compensation;        // factor on the opacity (Mip-Splatting, Yu et al. 2024, arXiv 2311.16493)
    Real sigmoid;
};

template <class Real> void rotation_matrix(const Real *q, Real length, Real *m) {
    const Real w = q[0] / length, x = q[1] / length, y = q[2] / length, z = q[3] / length;
    m[0] = 1 - 2 * (y * y + z * z), m[1] = 2 * (x * y - w * z), m[2] = 2 * (x * z + w * y);
    m[3] = 2 * (x * y + w * z), m[4] = 1 - 2 * (x * x + z * z), m[5] = 2 * (y * z - w * x);
    m[6] = 2 * (x * z - w * y), m[7] = 2 * (y * z + w * x), m[8] = 1 - 2 * (x * x + y * y);
}

// False when the Gaussian is nearer than the near plane.
template <class Real> bool project(const Gaussians<Real> &g, const Camera<Real> &camera, int64_t i, Projection<Real> &p) {
    const Real *mean = g.means + 3 * i, *q = g.quaternions + 4 * i;
    p.position = transform(camera.rotation, {mean[0], mean[1], mean[2]});
    p.position.x += camera.translation[0], p.position.y += camera.translation[1], p.position.z += camera.translation[2];
    const Real z = p.position.z;
    if (!(z > camera.near_plane)) return false;
    // The linear approximation is worthless far outside of the picture; there it is that of a point 15 % outside.
    const Real margin_x = Real(0.15) * camera.width / camera.fx, margin_y = Real(0.15) * camera.height / camera.fy;
    const Real ratio_x = p.position.x / z, ratio_y = p.position.y / z;
    p.slope_x = std::clamp(ratio_x, -camera.cx / camera.fx - margin_x, (camera.width - camera.cx) / camera.fx + margin_x);
    p.slope_y = std::clamp(ratio_y, -camera.cy / camera.fy - margin_y, (camera.height - camera.cy) / camera.fy + margin_y);
    p.free_x = p.slope_x == ratio_x, p.free_y = p.slope_y == ratio_y;
    p.length = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    rotation_matrix(q, p.length, p.rotation);
    for (int k = 0; k < 3; k++) p.scale[k] = std::exp(g.log_scales[3 * i + k]);
    for (int k = 0; k < 9; k++) p.half[k] = p.rotation[k] * p.scale[k % 3];
    Real turned[9];
    multiply(camera.rotation, p.half, turned);
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            p.seen[3 * r + c] = turned[3 * r] * turned[3 * c] + turned[3 * r + 1] * turned[3 * c + 1] + turned[3 * r + 2] * turned[3 * c + 2];
    const Real jx = camera.fx / z, jy = camera.fy / z, kx = -jx * p.slope_x, ky = -jy * p.slope_y;
    p.jacobian[0] = jx, p.jacobian[1] = 0, p.jacobian[2] = kx;
    p.jacobian[3] = 0, p.jacobian[4] = jy, p.jacobian[5] = ky;
    const Real *s = p.seen;
    p.xx = jx * jx * s[0] + 2 * jx * kx * s[2] + kx * kx * s[8];
    p.xy = jx * jy * s[1] + jx * ky * s[2] + kx * jy * s[5] + kx * ky * s[8];
    p.yy = jy * jy * s[4] + 2 * jy * ky * s[5] + ky * ky * s[8];
    p.bare_determinant = std::max(p.xx * p.yy - p.xy * p.xy, Real(0));
    p.determinant = (p.xx + camera.dilation) * (p.yy + camera.dilation) - p.xy * p.xy;
    // The floor keeps the slope of the root finite for Gaussians that are lines from here.
    p.compensation = camera.compensate ? std::sqrt(std::max(p.bare_determinant / p.determinant, Real(1e-4))) : Real(1);
    p.sigmoid = 1 / (1 + std::exp(-g.opacity_logits[i]));
    return true;
}

template <class Real> Vec3<Real> camera_centre(const Camera<Real> &camera) {
    const Vec3<Real> c = transform_transposed(camera.rotation, {camera.translation[0], camera.translation[1], camera.translation[2]});
    return {-c.x, -c.y, -c.z};
}

template <class Real> Vec3<Real> view_direction(const Gaussians<Real> &g, const Camera<Real> &camera, int64_t i, Real &distance) {
    const Vec3<Real> centre = camera_centre(camera);
    const Vec3<Real> d{g.means[3 * i] - centre.x, g.means[3 * i + 1] - centre.y, g.means[3 * i + 2] - centre.z};
    distance = std::sqrt(d.x * d.x + d.y * d.y + d.z * d.z);
    return {d.x / distance, d.y / distance, d.z / distance};
}

template <class Real> Footprint<Real> footprint(const Gaussians<Real> &g, const Camera<Real> &camera, int64_t i) {
    Footprint<Real> f{};
    Projection<Real> p;
    if (!project(g, camera, i, p)) return f;
    f.opacity = p.sigmoid * p.compensation;
    if (!(f.opacity > Real(LEAST_ALPHA)) || !(p.determinant > 0)) return f;
    f.u = camera.fx * p.position.x / p.position.z + camera.cx;
    f.v = camera.fy * p.position.y / p.position.z + camera.cy;
    f.depth = p.position.z;
    f.a = (p.yy + camera.dilation) / p.determinant, f.b = -p.xy / p.determinant, f.c = (p.xx + camera.dilation) / p.determinant;
    // alpha = opacity exp(-r^2 / 2) >= LEAST_ALPHA inside the ellipse of this r; its box is r times the standard deviations.
    const Real r = std::sqrt(2 * std::log(f.opacity / Real(LEAST_ALPHA)));
    const Real reach_x = r * std::sqrt(p.xx + camera.dilation), reach_y = r * std::sqrt(p.yy + camera.dilation);
    if (f.u + reach_x < 0 || f.u - reach_x > camera.width || f.v + reach_y < 0 || f.v - reach_y > camera.height) return f;
    f.reach_x = reach_x, f.reach_y = reach_y;
    Real distance, values[16];
    Vec3<Real> slopes[16];
    evaluate_harmonics(camera.degree, view_direction(g, camera, i, distance), values, slopes);
    const Real *h = g.harmonics + 3 * g.coefficients * i;
    for (int c = 0; c < 3; c++) {
        Real sum = Real(0.5);
        for (int64_t k = 0; k < (camera.degree + 1) * (camera.degree + 1); k++) sum += values[k] * h[3 * k + c];
        f.colour[c] = std::max(sum, Real(0));
    }
    return f;
}

// Colour to harmonics and to the mean, through the direction of sight.
template <class Real>
void colour_gradient(const Gaussians<Real> &g, const Camera<Real> &camera, int64_t i, const Footprint<Real> &f, const Footprint<Real> &df,
                     const Gaussians<Real> &out) {
    Real distance, values[16];
    Vec3<Real> slopes[16];
    const Vec3<Real> d = view_direction(g, camera, i, distance);
    evaluate_harmonics(camera.degree, d, values, slopes);
    Vec3<Real> slope{0, 0, 0};
    for (int c = 0; c < 3; c++) {
        if (!(f.colour[c] > 0)) continue;
        for (int64_t k = 0; k < (camera.degree + 1) * (camera.degree + 1); k++) {
            const int64_t at = 3 * (g.coefficients * i + k) + c;
            out.harmonics[at] = values[k] * df.colour[c];
            const Real weight = g.harmonics[at] * df.colour[c];
            slope.x += weight * slopes[k].x, slope.y += weight * slopes[k].y, slope.z += weight * slopes[k].z;
        }
    }
    const Real along = slope.x * d.x + slope.y * d.y + slope.z * d.z; // d is of length 1: its part along d does nothing
    out.means[3 * i] += (slope.x - along * d.x) / distance;
    out.means[3 * i + 1] += (slope.y - along * d.y) / distance;
    out.means[3 * i + 2] += (slope.z - along * d.z) / distance;
}

// Matrix of a rotation to its quaternion, through the division by |q|.
template <class Real> void quaternion_gradient(const Real *q, Real length, const Real *dm, Real *out) {
    const Real w = q[0] / length, x = q[1] / length, y = q[2] / length, z = q[3] / length;
    const Real d[4] = {2 * (x * (dm[7] - dm[5]) + y * (dm[2] - dm[6]) + z * (dm[3] - dm[1])),
                       2 * (-2 * x * (dm[4] + dm[8]) + y * (dm[1] + dm[3]) + z * (dm[2] + dm[6]) + w * (dm[7] - dm[5])),
                       2 * (x * (dm[1] + dm[3]) - 2 * y * (dm[0] + dm[8]) + z * (dm[5] + dm[7]) + w * (dm[2] - dm[6])),
                       2 * (x * (dm[2] + dm[6]) + y * (dm[5] + dm[7]) - 2 * z * (dm[0] + dm[4]) + w * (dm[3] - dm[1]))};
    const Real along = d[0] * w + d[1] * x + d[2] * y + d[3] * z;
    out[0] = (d[0] - along * w) / length, out[1] = (d[1] - along * x) / length;
    out[2] = (d[2] - along * y) / length, out[3] = (d[3] - along * z) / length;
}

// Gradient over the undilated covariance [[xx, xy], [xy, yy]], as the symmetric matrix {xx, xy, yy}.
template <class Real> Vec3<Real> covariance_gradient(const Camera<Real> &camera, const Projection<Real> &p, const Footprint<Real> &f, const Footprint<Real> &df) {
    // d(C^-1) = -C^-1 dC C^-1; df.b stands for both off-diagonal entries.
    const Real gb = df.b / 2;
    const Real m0 = f.a * df.a + f.b * gb, m1 = f.a * gb + f.b * df.c, m2 = f.b * df.a + f.c * gb, m3 = f.b * gb + f.c * df.c;
    Vec3<Real> d{-(m0 * f.a + m1 * f.b), -(m0 * f.b + m1 * f.c), -(m2 * f.b + m3 * f.c)};
    if (camera.compensate && p.compensation > Real(0.01)) {
        // compensation^2 = bare / dilated determinant; d det(C) = adj(C) : dC
        const Real weight = df.opacity * p.sigmoid / (2 * p.compensation * p.determinant);
        const Real share = p.bare_determinant / p.determinant;
        d.x += weight * (p.yy - share * (p.yy + camera.dilation));
        d.y -= weight * (p.xy - share * p.xy);
        d.z += weight * (p.xx - share * (p.xx + camera.dilation));
    }
    return d;
}

// Everything from the footprint's gradient to the parameters'; rows of `out` must be zero before.
template <class Real> void footprint_gradient(const Gaussians<Real> &g, const Camera<Real> &camera, int64_t i, const Footprint<Real> &f, const Footprint<Real> &df, const Gaussians<Real> &out) {
    Projection<Real> p;
    if (!project(g, camera, i, p)) return;
    colour_gradient(g, camera, i, f, df, out);
    out.opacity_logits[i] = df.opacity * p.compensation * p.sigmoid * (1 - p.sigmoid);

    // Covariance in camera space: d(seen) = J^T D J, and d(J) = 2 D J seen.
    const Vec3<Real> d = covariance_gradient(camera, p, f, df);
    const Real *j = p.jacobian, *s = p.seen;
    const Real dj[6] = {d.x * j[0], d.y * j[4], d.x * j[2] + d.y * j[5], d.y * j[0], d.z * j[4], d.y * j[2] + d.z * j[5]}; // D J
    Real seen[9];
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++) seen[3 * r + c] = j[r] * dj[c] + j[3 + r] * dj[3 + c];
    Real slope_j[6];
    for (int r = 0; r < 2; r++)
        for (int c = 0; c < 3; c++) slope_j[3 * r + c] = 2 * (dj[3 * r] * s[c] + dj[3 * r + 1] * s[3 + c] + dj[3 * r + 2] * s[6 + c]);

    // J and the centre to the position.
    const Real z = p.position.z, fx = camera.fx, fy = camera.fy;
    Vec3<Real> t{df.u * fx / z, df.v * fy / z, -(df.u * fx * p.position.x + df.v * fy * p.position.y) / (z * z)};
    t.z -= (slope_j[0] * fx + slope_j[4] * fy) / (z * z);
    t.z += (slope_j[2] * fx * p.slope_x + slope_j[5] * fy * p.slope_y) / (z * z);
    if (p.free_x) t.x -= slope_j[2] * fx / (z * z), t.z += slope_j[2] * fx * p.slope_x / (z * z);
    if (p.free_y) t.y -= slope_j[5] * fy / (z * z), t.z += slope_j[5] * fy * p.slope_y / (z * z);
    const Vec3<Real> mean = transform_transposed(camera.rotation, t);
    out.means[3 * i] += mean.x, out.means[3 * i + 1] += mean.y, out.means[3 * i + 2] += mean.z;

    // d(Sigma) = W^T d(seen) W; d(half) = 2 d(Sigma) half; half = rotation diag(scale).
    Real left[9], sigma[9], half[9], turn[9];
    multiply_transposed(camera.rotation, seen, left);
    multiply(left, camera.rotation, sigma);
    multiply(sigma, p.half, half);
    for (int k = 0; k < 3; k++)
        out.log_scales[3 * i + k] = 2 * p.scale[k] * (half[k] * p.rotation[k] + half[3 + k] * p.rotation[3 + k] + half[6 + k] * p.rotation[6 + k]);
    for (int k = 0; k < 9; k++) turn[k] = 2 * half[k] * p.scale[k % 3];
    quaternion_gradient(g.quaternions + 4 * i, p.length, turn, out.quaternions + 4 * i);
}

} // namespace splat
