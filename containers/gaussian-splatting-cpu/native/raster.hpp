// Tiles, front-to-back blending (Kerbl et al. 2023, eq. 3) and its gradient (arXiv 2312.02121).
// Sums run in an order that does not depend on the number of threads: same input, same bits.
#pragma once
#include "projection.hpp"
#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

namespace splat {

constexpr int TILE = 16;                 // pixels; also the width of the vector loops also the width of the vector loops also the width of the vector loops also the width of the vector loops
constexpr double MOST_ALPHA = 0.99;      // Kerbl et al., appendix C
constexpr double LEAST_LIGHT = 1e-4;     // a pixel is finished when less light passes

inline double fast_exp(double x) { return std::exp(x); }

// exp for x in [-80, 0] to 2e-7, in operations that vectorise: 2^k by its exponent bits times a polynomial (Taylor, in ln 2 f).
inline float fast_exp(float x) {
    const float scaled = std::max(x, -80.0f) * 1.44269504f;
    const int32_t whole = int32_t(scaled - 0.5f); // nearest, as scaled <= 0
    const float f = (scaled - float(whole)) * 0.693147181f;
    const float value = 1 + f * (1 + f * (0.5f + f * (0.166666667f + f * (0.0416666667f + f * (0.00833333333f + f * 0.00138888889f)))));
    const int32_t bits = (whole + 127) << 23;
    float power;
    std::memcpy(&power, &bits, 4);
    return value * power;
}

template <class Real> struct Tile {
    int64_t left, top, right, bottom;    // pixels, right and bottom not included
    Real light[TILE][TILE];              // how much of what lies behind is still seen: T
};

// One picture: footprints, the tiles' lists and, after `draw`, the picture.
template <class Real> class Picture {
  public:
    void draw(const Gaussians<Real> &g, const Camera<Real> &camera, Real *image, Real *light) {
        camera_ = camera;
        columns_ = (camera.width + TILE - 1) / TILE, rows_ = (camera.height + TILE - 1) / TILE;
        footprints_.resize(g.count);
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < g.count; i++) footprints_[i] = footprint(g, camera, i);
        fill_tiles();
#pragma omp parallel for schedule(dynamic, 1)
        for (int64_t t = 0; t < columns_ * rows_; t++) draw_tile(t, image, light);
    }

    // d_image: gradient over the picture that `draw` made from g. All gradients in `out` are written.
    void differentiate(const Gaussians<Real> &g, const Real *image, const Real *d_image, const Gaussians<Real> &out) {
        const int64_t n = g.count;
        std::fill(out.means, out.means + 3 * n, Real(0)), std::fill(out.log_scales, out.log_scales + 3 * n, Real(0));
        std::fill(out.quaternions, out.quaternions + 4 * n, Real(0)), std::fill(out.opacity_logits, out.opacity_logits + n, Real(0));
        std::fill(out.harmonics, out.harmonics + 3 * g.coefficients * n, Real(0));
        gradients_.resize(entries_.size());
#pragma omp parallel for schedule(dynamic, 1)
        for (int64_t t = 0; t < columns_ * rows_; t++) differentiate_tile(t, image, d_image);
#pragma omp parallel for schedule(dynamic, 256)
        for (int64_t i = 0; i < n; i++) {
            if (first_[i] == first_[i + 1]) continue;
            Footprint<Real> sum{};
            for (int64_t k = first_[i]; k < first_[i + 1]; k++) add(sum, gradients_[places_[k]]);
            footprint_gradient(g, camera_, i, footprints_[i], sum, out);
        }
    }

    // For each Gaussian 1 where it fell into the last picture.
    void visible(uint8_t *out) const {
        for (size_t i = 0; i < footprints_.size(); i++) out[i] = footprints_[i].reach_x > 0;
    }

  private:
    struct Range {
        int64_t x0, x1, y0, y1;
    };

    Range tiles_of(const Footprint<Real> &f) const {
        if (!(f.reach_x > 0)) return {0, 0, 0, 0};
        auto tile = [](Real at, int64_t count) { return std::clamp(int64_t(std::floor(at / TILE)), int64_t(0), count - 1); };
        return {tile(f.u - f.reach_x, columns_), tile(f.u + f.reach_x, columns_) + 1, tile(f.v - f.reach_y, rows_), tile(f.v + f.reach_y, rows_) + 1};
    }

    // Lists for each tile its Gaussians by depth (equal depths by number), and for each Gaussian its places in these lists.
    void fill_tiles() {
        const int64_t n = footprints_.size();
        order_.resize(n);
        std::iota(order_.begin(), order_.end(), 0);
        std::sort(order_.begin(), order_.end(), [&](int32_t i, int32_t j) {
            return footprints_[i].depth != footprints_[j].depth ? footprints_[i].depth < footprints_[j].depth : i < j;
        });
        starts_.assign(columns_ * rows_ + 1, 0);
        first_.assign(n + 1, 0);
        for (int64_t i = 0; i < n; i++) {
            const Range r = tiles_of(footprints_[i]);
            first_[i + 1] = first_[i] + (r.x1 - r.x0) * (r.y1 - r.y0);
            for (int64_t y = r.y0; y < r.y1; y++)
                for (int64_t x = r.x0; x < r.x1; x++) starts_[y * columns_ + x + 1]++;
        }
        for (int64_t t = 0; t < columns_ * rows_; t++) starts_[t + 1] += starts_[t];
        entries_.resize(first_[n]), places_.resize(first_[n]);
        std::vector<int64_t> next(starts_.begin(), starts_.end() - 1);
        for (const int32_t i : order_) {
            const Range r = tiles_of(footprints_[i]);
            int64_t k = first_[i];
            for (int64_t y = r.y0; y < r.y1; y++)
                for (int64_t x = r.x0; x < r.x1; x++) {
                    const int64_t place = next[y * columns_ + x]++;
                    entries_[place] = i, places_[k++] = place;
                }
        }
    }

    Tile<Real> open_tile(int64_t t) const {
        Tile<Real> tile;
        tile.left = t % columns_ * TILE, tile.top = t / columns_ * TILE;
        tile.right = std::min(tile.left + TILE, camera_.width), tile.bottom = std::min(tile.top + TILE, camera_.height);
        for (int y = 0; y < TILE; y++)
            for (int x = 0; x < TILE; x++) tile.light[y][x] = tile.left + x < tile.right && tile.top + y < tile.bottom ? 1 : 0;
        return tile;
    }

    static bool finished(const Tile<Real> &tile) {
        Real most = 0;
        for (int y = 0; y < TILE; y++)
            for (int x = 0; x < TILE; x++) most = std::max(most, tile.light[y][x]);
        return most < Real(LEAST_LIGHT);
    }

    // Rows of the tile whose centres the footprint can reach.
    static void rows_of(const Footprint<Real> &f, const Tile<Real> &tile, int64_t &from, int64_t &to) {
        from = std::max(int64_t(std::ceil(f.v - f.reach_y - Real(0.5))), tile.top) - tile.top;
        to = std::min(int64_t(std::floor(f.v + f.reach_y - Real(0.5))) + 1, tile.bottom) - tile.top;
    }

    // alpha = opacity exp(-(a dx^2 + 2 b dx dy + c dy^2) / 2), 0 where it is too faint or the pixel is finished.
    static Real alpha_at(const Footprint<Real> &f, Real dx, Real dy, Real light) {
        const Real power = Real(-0.5) * (f.a * dx * dx + f.c * dy * dy) - f.b * dx * dy;
        const Real alpha = f.opacity * fast_exp(std::min(power, Real(0)));
        return (alpha >= Real(LEAST_ALPHA)) & (light >= Real(LEAST_LIGHT)) ? alpha : Real(0);
    }

    void draw_tile(int64_t t, Real *image, Real *light) const {
        Tile<Real> tile = open_tile(t);
        Real colour[3][TILE][TILE] = {};
        for (int64_t k = starts_[t]; k < starts_[t + 1]; k++) {
            if (k % 16 == 15 && finished(tile)) break;
            const Footprint<Real> f = footprints_[entries_[k]];
            int64_t from, to;
            rows_of(f, tile, from, to);
            for (int64_t y = from; y < to; y++) {
                const Real dy = tile.top + y + Real(0.5) - f.v, start = tile.left + Real(0.5) - f.u;
#pragma omp simd
                for (int x = 0; x < TILE; x++) {
                    const Real before = tile.light[y][x];
                    const Real alpha = std::min(alpha_at(f, start + x, dy, before), Real(MOST_ALPHA));
                    const Real weight = alpha * before;
                    for (int c = 0; c < 3; c++) colour[c][y][x] += weight * f.colour[c];
                    tile.light[y][x] = before - weight;
                }
            }
        }
        for (int64_t y = tile.top; y < tile.bottom; y++)
            for (int64_t x = tile.left; x < tile.right; x++) {
                const int64_t at = y * camera_.width + x;
                light[at] = tile.light[y - tile.top][x - tile.left];
                for (int c = 0; c < 3; c++) image[3 * at + c] = colour[c][y - tile.top][x - tile.left] + light[at] * camera_.background[c];
            }
    }

    // The blending is replayed front to back; what lies behind a Gaussian is the finished picture less what was blended so far.
    void differentiate_tile(int64_t t, const Real *image, const Real *d_image) {
        Tile<Real> tile = open_tile(t);
        Real slope[3][TILE][TILE] = {}, behind[TILE][TILE] = {}; // behind: of the picture, times the slope, summed over colours
        for (int64_t y = tile.top; y < tile.bottom; y++)
            for (int64_t x = tile.left; x < tile.right; x++)
                for (int c = 0; c < 3; c++) {
                    const int64_t at = 3 * (y * camera_.width + x) + c;
                    slope[c][y - tile.top][x - tile.left] = d_image[at];
                    behind[y - tile.top][x - tile.left] += d_image[at] * image[at];
                }
        for (int64_t k = starts_[t]; k < starts_[t + 1]; k++) {
            gradients_[k] = {};
            if (k % 16 == 15 && finished(tile)) {
                for (int64_t rest = k; rest < starts_[t + 1]; rest++) gradients_[rest] = {};
                break;
            }
            const Footprint<Real> f = footprints_[entries_[k]];
            int64_t from, to;
            rows_of(f, tile, from, to);
            Real sums[9][TILE] = {}; // by column: of the power's slope 1, dx, dy, dx^2, dx dy, dy^2, and the colours'
            for (int64_t y = from; y < to; y++) {
                const Real dy = tile.top + y + Real(0.5) - f.v, start = tile.left + Real(0.5) - f.u;
#pragma omp simd
                for (int x = 0; x < TILE; x++) {
                    const Real before = tile.light[y][x], dx = start + x;
                    const Real whole = alpha_at(f, dx, dy, before), alpha = std::min(whole, Real(MOST_ALPHA)), weight = alpha * before;
                    Real shade = 0;
                    for (int c = 0; c < 3; c++) {
                        shade += f.colour[c] * slope[c][y][x];
                        sums[6 + c][x] += weight * slope[c][y][x];
                    }
                    tile.light[y][x] = before - weight;
                    behind[y][x] -= weight * shade;
                    const Real d_alpha = before * shade - behind[y][x] / (1 - alpha);
                    const Real d_power = whole > Real(MOST_ALPHA) ? Real(0) : d_alpha * alpha;
                    sums[0][x] += d_power, sums[1][x] += d_power * dx, sums[2][x] += d_power * dy;
                    sums[3][x] += d_power * dx * dx, sums[4][x] += d_power * dx * dy, sums[5][x] += d_power * dy * dy;
                }
            }
            gradients_[k] = gather(f, sums);
        }
    }

    static Footprint<Real> gather(const Footprint<Real> &f, const Real (&sums)[9][TILE]) {
        Real s[9] = {};
        for (int k = 0; k < 9; k++)
            for (int x = 0; x < TILE; x++) s[k] += sums[k][x];
        Footprint<Real> d{};
        d.u = f.a * s[1] + f.b * s[2], d.v = f.b * s[1] + f.c * s[2];
        d.a = Real(-0.5) * s[3], d.b = -s[4], d.c = Real(-0.5) * s[5];
        d.opacity = s[0] / f.opacity;
        for (int c = 0; c < 3; c++) d.colour[c] = s[6 + c];
        return d;
    }

    static void add(Footprint<Real> &sum, const Footprint<Real> &d) {
        sum.u += d.u, sum.v += d.v, sum.a += d.a, sum.b += d.b, sum.c += d.c, sum.opacity += d.opacity;
        for (int c = 0; c < 3; c++) sum.colour[c] += d.colour[c];
    }

    Camera<Real> camera_{};
    int64_t columns_ = 0, rows_ = 0;
    std::vector<Footprint<Real>> footprints_, gradients_; // gradients_: one for each entry of a tile's list
    std::vector<int32_t> order_, entries_;
    std::vector<int64_t> starts_, first_, places_;
};

} // namespace splat
