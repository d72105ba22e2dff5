// Structural similarity (Wang et al. 2004, eq. 13, with their 11 x 11 Gaussian window of sigma 1.5 inside of the picture)
// and its gradient over the first picture.
#pragma once
#include "scene.hpp"
#include <cmath>
#include <vector>

namespace splat {

constexpr int WINDOW = 11;

template <class Real> void window_weights(Real *weights) {
    Real sum = 0;
    for (int k = 0; k < WINDOW; k++) sum += weights[k] = std::exp(-Real((k - WINDOW / 2) * (k - WINDOW / 2)) / Real(4.5));
    for (int k = 0; k < WINDOW; k++) weights[k] /= sum;
}

// Windowed mean over rows, then columns: (height, width) to (height - 10, width - 10).
template <class Real> void blur(const Real *in, int64_t width, int64_t height, const Real *weights, Real *between, Real *out) {
    const int64_t inner = width - WINDOW + 1;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < inner; x++) {
            Real sum = 0;
            for (int k = 0; k < WINDOW; k++) sum += weights[k] * in[y * width + x + k];
            between[y * inner + x] = sum;
        }
    for (int64_t y = 0; y < height - WINDOW + 1; y++)
        for (int64_t x = 0; x < inner; x++) {
            Real sum = 0;
            for (int k = 0; k < WINDOW; k++) sum += weights[k] * between[(y + k) * inner + x];
            out[y * inner + x] = sum;
        }
}

// The transpose of `blur`: (height - 10, width - 10) to (height, width).
template <class Real> void spread(const Real *in, int64_t width, int64_t height, const Real *weights, Real *between, Real *out) {
    const int64_t inner = width - WINDOW + 1;
    std::fill(between, between + height * inner, Real(0)), std::fill(out, out + height * width, Real(0));
    for (int64_t y = 0; y < height - WINDOW + 1; y++)
        for (int k = 0; k < WINDOW; k++)
            for (int64_t x = 0; x < inner; x++) between[(y + k) * inner + x] += weights[k] * in[y * inner + x];
    for (int64_t y = 0; y < height; y++)
        for (int k = 0; k < WINDOW; k++)
            for (int64_t x = 0; x < inner; x++) out[y * width + x + k] += weights[k] * between[y * inner + x];
}

// One colour of a picture, with room for everything in between.
template <class Real> class Similarity {
  public:
    // Sum of the similarity over all windows; gradient (height, width), or null.
    Real measure(const Real *a, const Real *b, int64_t width, int64_t height, Real *gradient) {
        const int64_t whole = width * height, inner = (width - WINDOW + 1) * (height - WINDOW + 1);
        Real weights[WINDOW];
        window_weights(weights);
        for (auto *v : {&product_, &between_, &part_}) v->resize(whole);
        for (auto *v : {&mean_a_, &mean_b_, &aa_, &bb_, &ab_}) v->resize(inner);
        const auto mean_product = [&](const Real *p, const Real *q, Real *out) {
            for (int64_t i = 0; i < whole; i++) product_[i] = p[i] * q[i];
            blur(product_.data(), width, height, weights, between_.data(), out);
        };
        blur(a, width, height, weights, between_.data(), mean_a_.data());
        blur(b, width, height, weights, between_.data(), mean_b_.data());
        mean_product(a, a, aa_.data()), mean_product(b, b, bb_.data()), mean_product(a, b, ab_.data());
        Real sum = 0;
        const Real c1 = Real(0.0001), c2 = Real(0.0009); // (0.01 L)^2 and (0.03 L)^2 with L = 1
        for (int64_t i = 0; i < inner; i++) {
            const Real ma = mean_a_[i], mb = mean_b_[i], n1 = 2 * ma * mb + c1, n2 = 2 * (ab_[i] - ma * mb) + c2;
            const Real d1 = ma * ma + mb * mb + c1, d2 = aa_[i] - ma * ma + bb_[i] - mb * mb + c2;
            const Real value = n1 * n2 / (d1 * d2);
            sum += value;
            // Slopes over the windowed means of a, a^2 and ab.
            mean_a_[i] = 2 * mb * (n2 - n1) / (d1 * d2) - 2 * ma * value * (1 / d1 - 1 / d2);
            aa_[i] = -value / d2;
            ab_[i] = 2 * n1 / (d1 * d2);
        }
        if (gradient == nullptr) return sum;
        spread(mean_a_.data(), width, height, weights, between_.data(), gradient);
        spread(aa_.data(), width, height, weights, between_.data(), part_.data());
        for (int64_t i = 0; i < whole; i++) gradient[i] += 2 * a[i] * part_[i];
        spread(ab_.data(), width, height, weights, between_.data(), part_.data());
        for (int64_t i = 0; i < whole; i++) gradient[i] += b[i] * part_[i];
        return sum;
    }

  private:
    std::vector<Real> product_, between_, part_, mean_a_, mean_b_, aa_, bb_, ab_;
};

} // namespace splat
