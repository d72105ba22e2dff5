// The flat C interface, once in float (training) and once in double (checking gradients).
#include "raster.hpp"
#include "similarity.hpp"

namespace {

// Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1; rate already holds both bias corrections.
template <class Real>
void adam(int64_t n, Real *values, const Real *gradients, Real *means, Real *squares, Real rate, Real beta1, Real beta2, Real epsilon) {
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; i++) {
        means[i] = beta1 * means[i] + (1 - beta1) * gradients[i];
        squares[i] = beta2 * squares[i] + (1 - beta2) * gradients[i] * gradients[i];
        values[i] -= rate * means[i] / (std::sqrt(squares[i]) + epsilon);
    }
}

// Mean similarity of two pictures (3, height, width); gradient of that mean over the first, or null.
template <class Real> Real similarity(const Real *a, const Real *b, int64_t width, int64_t height, Real *gradient) {
    const int64_t whole = width * height;
    const Real windows = Real(3 * (width - splat::WINDOW + 1) * (height - splat::WINDOW + 1));
    Real sums[3];
#pragma omp parallel for schedule(static, 1)
    for (int c = 0; c < 3; c++) {
        thread_local splat::Similarity<Real> room;
        Real *out = gradient == nullptr ? nullptr : gradient + c * whole;
        sums[c] = room.measure(a + c * whole, b + c * whole, width, height, out);
        for (int64_t i = 0; out != nullptr && i < whole; i++) out[i] /= windows;
    }
    return (sums[0] + sums[1] + sums[2]) / windows;
}

} // namespace

#define SPLAT_API(Real, name)                                                                                                               \
    extern "C" void *splat_new_##name() { return new splat::Picture<Real>(); }                                                              \
    extern "C" void splat_free_##name(void *picture) { delete static_cast<splat::Picture<Real> *>(picture); }                               \
    extern "C" void splat_draw_##name(void *picture, const splat::Gaussians<Real> *g, const splat::Camera<Real> *camera, Real *image,       \
                                      Real *light) {                                                                                        \
        static_cast<splat::Picture<Real> *>(picture)->draw(*g, *camera, image, light);                                                      \
    }                                                                                                                                       \
    extern "C" void splat_differentiate_##name(void *picture, const splat::Gaussians<Real> *g, const Real *image, const Real *d_image,      \
                                               const splat::Gaussians<Real> *out) {                                                         \
        static_cast<splat::Picture<Real> *>(picture)->differentiate(*g, image, d_image, *out);                                              \
    }                                                                                                                                       \
    extern "C" void splat_visible_##name(void *picture, uint8_t *out) { static_cast<splat::Picture<Real> *>(picture)->visible(out); }       \
    extern "C" Real splat_similarity_##name(const Real *a, const Real *b, int64_t width, int64_t height, Real *gradient) {                  \
        return similarity(a, b, width, height, gradient);                                                                                   \
    }                                                                                                                                       \
    extern "C" void splat_adam_##name(int64_t n, Real *values, const Real *gradients, Real *means, Real *squares, Real rate, Real beta1,    \
                                      Real beta2, Real epsilon) {                                                                           \
        adam(n, values, gradients, means, squares, rate, beta1, beta2, epsilon);                                                            \
    }

SPLAT_API(float, f32)
SPLAT_API(double, f64)

// 1 where the library built for x86-64-v3 (AVX2, FMA) can be loaded.
extern "C" int splat_wide_vectors() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("x86-64-v3") ? 1 : 0;
#else
    return 0;
#endif
}
