// What a picture is made from: Gaussians and a camera, as flat arrays that the caller owns.
#pragma once
#include <cmath>
#include <cstdint>

namespace splat {

// n Gaussians; also the shape of their gradients. Rows are contiguous.
template <class Real> struct Gaussians {
    int64_t count;
    int64_t coefficients;   // spherical harmonics per colour: 1, 4, 9 or 16
    Real *means;            // (n, 3) world
    Real *log_scales;       // (n, 3)
    Real *quaternions;      // (n, 4) w x y z, of any length but zero
    Real *opacity_logits;   // (n,)
    Real *harmonics;        // (n, coefficients, 3)
};

// A pinhole camera in COLMAP's convention: x right, y down, z forward; the first pixel's centre is (0.5, 0.5).
template <class Real> struct Camera {
    Real rotation[9];       // world to camera, rows
    Real translation[3];
    Real fx, fy, cx, cy;
    Real background[3];
    Real near_plane;        // nearer Gaussians are not drawn
    Real dilation;          // variance in pixels^2 added to every footprint
    int64_t width, height;
    int64_t degree;         // harmonics above it are not used
    int64_t compensate;     // 1: opacity falls as the dilation widens the footprint
};

template <class Real> struct Vec3 {
    Real x, y, z;
};

template <class Real> Vec3<Real> transform(const Real *m, Vec3<Real> v) {
    return {m[0] * v.x + m[1] * v.y + m[2] * v.z, m[3] * v.x + m[4] * v.y + m[5] * v.z, m[6] * v.x + m[7] * v.y + m[8] * v.z};
}

template <class Real> Vec3<Real> transform_transposed(const Real *m, Vec3<Real> v) {
    return {m[0] * v.x + m[3] * v.y + m[6] * v.z, m[1] * v.x + m[4] * v.y + m[7] * v.z, m[2] * v.x + m[5] * v.y + m[8] * v.z};
}

// c = a b, 3 x 3, rows.
template <class Real> void multiply(const Real *a, const Real *b, Real *c) {
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
}

// c = a^T b, 3 x 3, rows.
template <class Real> void multiply_transposed(const Real *a, const Real *b, Real *c) {
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) c[3 * i + j] = a[i] * b[j] + a[3 + i] * b[3 + j] + a[6 + i] * b[6 + j];
}

} // namespace splat
