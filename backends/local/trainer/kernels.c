/* Elementwise steps of a decoder layer, one pass over memory each, bf16 in and out, fp32 inside.
   Compiled at first use by `kernels.py`; the same mathematics in torch is beside it. */
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef uint16_t bf16;

static inline float up(bf16 v) {
    uint32_t bits = ((uint32_t)v) << 16;
    float out;
    memcpy(&out, &bits, 4);
    return out;
}

/* Rounds to nearest even; a NaN stays one, so that a diverging run is seen. */
static inline bf16 down(float v) {
    uint32_t bits;
    memcpy(&bits, &v, 4);
    uint32_t rounded = bits + 0x7fff + ((bits >> 16) & 1);
    uint32_t nan = bits | 0x00400000;
    return (bf16)(((bits & 0x7fffffff) > 0x7f800000 ? nan : rounded) >> 16);
}

/* exp by 2^n * 2^f with a degree-6 polynomial for 2^f, |f| <= 1/2: relative error below 2e-7,
   far below bf16's 4e-3; written out so that the compiler can use vector instructions. */
static inline float exponential(float x) {
    float clipped = x < -87.0f ? -87.0f : (x > 87.0f ? 87.0f : x);
    float scaled = clipped * 1.44269504f, whole = rintf(scaled), f = scaled - whole;
    float p = 1.0f + f * (0.693147181f + f * (0.240226507f + f * (0.0555041087f
              + f * (0.00961812911f + f * (0.00133335581f + f * 0.000154035304f)))));
    int32_t bits = ((int32_t)whole + 127) << 23;
    float power;
    memcpy(&power, &bits, 4);
    return x != x ? x : p * power;
}

void rms_norm(const bf16 *x, const bf16 *w, bf16 *y, float *inverse, long rows, long width, float eps) {
    #pragma omp parallel for schedule(static)
    for (long r = 0; r < rows; r++) {
        const bf16 *in = x + r * width;
        bf16 *out = y + r * width;
        float sum = 0;
        for (long c = 0; c < width; c++) { float v = up(in[c]); sum += v * v; }
        float k = 1.0f / sqrtf(sum / width + eps);
        inverse[r] = k;
        for (long c = 0; c < width; c++) out[c] = down(up(in[c]) * k * up(w[c]));
    }
}

void rms_norm_backward(const bf16 *dy, const bf16 *x, const bf16 *w, const float *inverse, bf16 *dx,
                       long rows, long width) {
    #pragma omp parallel for schedule(static)
    for (long r = 0; r < rows; r++) {
        const bf16 *in = x + r * width, *g = dy + r * width;
        bf16 *out = dx + r * width;
        float k = inverse[r], dot = 0;
        for (long c = 0; c < width; c++) dot += up(g[c]) * up(w[c]) * up(in[c]);
        dot *= k * k * k / width;
        for (long c = 0; c < width; c++) out[c] = down(up(g[c]) * up(w[c]) * k - up(in[c]) * dot);
    }
}

/* gate and up lie side by side in each row of `gu`. */
void swiglu(const bf16 *gu, bf16 *y, long rows, long width) {
    #pragma omp parallel for schedule(static)
    for (long r = 0; r < rows; r++) {
        const bf16 *g = gu + r * 2 * width, *u = g + width;
        bf16 *out = y + r * width;
        for (long c = 0; c < width; c++) {
            float a = up(g[c]);
            out[c] = down(a / (1.0f + exponential(-a)) * up(u[c]));
        }
    }
}

void swiglu_backward(const bf16 *gu, const bf16 *dy, bf16 *dgu, long rows, long width) {
    #pragma omp parallel for schedule(static)
    for (long r = 0; r < rows; r++) {
        const bf16 *g = gu + r * 2 * width, *u = g + width, *d = dy + r * width;
        bf16 *dg = dgu + r * 2 * width, *du = dg + width;
        for (long c = 0; c < width; c++) {
            float a = up(g[c]), b = up(u[c]), t = up(d[c]), s = 1.0f / (1.0f + exponential(-a));
            du[c] = down(t * a * s);
            dg[c] = down(t * b * s * (1.0f + a * (1.0f - s)));
        }
    }
}

/* Rotates the first `heads` heads of each row in place; direction -1 undoes it, which is also its
   gradient. Halves are laid out as in transformers' Llama: (x1, x2), not interleaved. */
void rotate(bf16 *x, const float *cosine, const float *sine, long rows, long stride, long heads,
            long width, float direction) {
    long half = width / 2;
    #pragma omp parallel for schedule(static)
    for (long r = 0; r < rows; r++) {
        const float *c = cosine + r * half, *s = sine + r * half;
        for (long h = 0; h < heads; h++) {
            bf16 *a = x + r * stride + h * width, *b = a + half;
            for (long i = 0; i < half; i++) {
                float p = up(a[i]), q = up(b[i]), k = s[i] * direction;
                a[i] = down(p * c[i] - q * k);
                b[i] = down(q * c[i] + p * k);
            }
        }
    }
}
