/* Attention over a flat row of tokens: a prefix that every example sees, then each example's own
   tokens, causal; bf16 in and out, fp32 inside. Queries, keys and values lie side by side in a row.
   Compiled at first use by `kernels.py` together with kernels.c; for short examples, where the
   library's kernels spend their time on padding, copies and calls. */
#include <float.h>
#include <stdlib.h>

typedef struct {
    const bf16 *qkv;
    const long *starts, *lengths; /* of each example's own tokens, in the flat row */
    long examples, prefix, heads, key_heads, width;
} attention_job;

static inline long stride_of(const attention_job *j) { return (j->heads + 2 * j->key_heads) * j->width; }

/* Row of the flat matrix at which place `at` of what example `e` sees lies; e < 0 is the prefix. */
static inline long place(const attention_job *j, long e, long at) {
    return at < j->prefix ? at : j->starts[e] + at - j->prefix;
}

static inline long seen_by(const attention_job *j, long e) { return j->prefix + (e < 0 ? 0 : j->lengths[e]); }

/* Copies one head of all that an example sees as fp32, (places, width) and (width, places). */
static void load_head(const attention_job *j, long e, long column, float *rows, float *columns) {
    long n = seen_by(j, e), w = j->width;
    for (long at = 0; at < n; at++) {
        const bf16 *in = j->qkv + place(j, e, at) * stride_of(j) + column * w;
        for (long d = 0; d < w; d++) {
            float v = up(in[d]);
            if (rows) rows[at * w + d] = v;
            if (columns) columns[d * n + at] = v;
        }
    }
}

/* out[k] = sum over d of vector[d] * columns[d][k] for the first `seen` places; four columns at a
   time, so that `out` is read and written a quarter as often. */
static inline void against(const float *restrict vector, const float *restrict columns, long width, long n,
                           long seen, float *restrict out) {
    for (long k = 0; k < seen; k++) out[k] = 0;
    long d = 0;
    for (; d + 4 <= width; d += 4) {
        const float *restrict c = columns + d * n;
        float v0 = vector[d], v1 = vector[d + 1], v2 = vector[d + 2], v3 = vector[d + 3];
        for (long k = 0; k < seen; k++)
            out[k] += v0 * c[k] + v1 * c[n + k] + v2 * c[2 * n + k] + v3 * c[3 * n + k];
    }
    for (; d < width; d++)
        for (long k = 0; k < seen; k++) out[k] += vector[d] * columns[d * n + k];
}

/* out[d] = sum over k of factors[k] * rows[k][d], four rows at a time. */
static inline void blended(const float *restrict factors, const float *restrict rows, long width, long seen,
                           float *restrict out) {
    for (long d = 0; d < width; d++) out[d] = 0;
    long k = 0;
    for (; k + 4 <= seen; k += 4) {
        const float *restrict r = rows + k * width;
        float f0 = factors[k], f1 = factors[k + 1], f2 = factors[k + 2], f3 = factors[k + 3];
        for (long d = 0; d < width; d++)
            out[d] += f0 * r[d] + f1 * r[width + d] + f2 * r[2 * width + d] + f3 * r[3 * width + d];
    }
    for (; k < seen; k++)
        for (long d = 0; d < width; d++) out[d] += factors[k] * rows[k * width + d];
}

/* rows[k][d] += factors[k] * vector[d]. */
static inline void spread(const float *restrict factors, const float *restrict vector, long width, long seen,
                          float *restrict rows) {
    for (long k = 0; k < seen; k++) {
        float f = factors[k], *restrict r = rows + k * width;
        for (long d = 0; d < width; d++) r[d] += f * vector[d];
    }
}

static inline void wide(const bf16 *in, float *out, long n, float factor) {
    for (long d = 0; d < n; d++) out[d] = up(in[d]) * factor;
}

static void attend_one(const attention_job *j, long e, long key_head, bf16 *out, float *log_sums) {
    long n = seen_by(j, e), w = j->width, repeat = j->heads / j->key_heads, stride = stride_of(j);
    float *columns = malloc(sizeof(float) * (2 * n * w + n + 2 * w));
    float *values = columns + n * w, *scores = values + n * w, *q = scores + n, *sum = q + w;
    float scale = 1.0f / sqrtf((float)w);
    load_head(j, e, j->heads + key_head, 0, columns);
    load_head(j, e, j->heads + j->key_heads + key_head, values, 0);
    for (long at = e < 0 ? 0 : j->prefix; at < n; at++) {
        long row = place(j, e, at), seen = at + 1;
        for (long h = key_head * repeat; h < (key_head + 1) * repeat; h++) {
            wide(j->qkv + row * stride + h * w, q, w, scale);
            against(q, columns, w, n, seen, scores);
            float most = -FLT_MAX, total = 0;
            for (long k = 0; k < seen; k++) most = scores[k] > most ? scores[k] : most;
            for (long k = 0; k < seen; k++) { scores[k] = exponential(scores[k] - most); total += scores[k]; }
            blended(scores, values, w, seen, sum);
            bf16 *to = out + (row * j->heads + h) * w;
            for (long d = 0; d < w; d++) to[d] = down(sum[d] / total);
            log_sums[row * j->heads + h] = most + logf(total);
        }
    }
    free(columns);
}

void attend(const bf16 *qkv, const long *starts, const long *lengths, bf16 *out, float *log_sums, long examples,
            long prefix, long heads, long key_heads, long width) {
    attention_job j = {qkv, starts, lengths, examples, prefix, heads, key_heads, width};
    long first = prefix ? -1 : 0, groups = (examples - first) * key_heads;
    #pragma omp parallel for schedule(dynamic)
    for (long g = 0; g < groups; g++) attend_one(&j, first + g / key_heads, g % key_heads, out, log_sums);
}

/* Gradients of one example and key head; those of keys and values are left in `dk` and `dv`, fp32,
   (places, width), because the prefix gets a share from every example. */
static void attend_one_backward(const attention_job *j, long e, long key_head, const bf16 *out, const bf16 *dout,
                                const float *log_sums, bf16 *dqkv, float *dk, float *dv) {
    long n = seen_by(j, e), w = j->width, repeat = j->heads / j->key_heads, stride = stride_of(j);
    float *keys = malloc(sizeof(float) * (3 * n * w + 2 * n + 3 * w));
    float *key_columns = keys + n * w, *value_columns = key_columns + n * w;
    float *p = value_columns + n * w, *ds = p + n, *q = ds + n, *g = q + w, *dq = g + w;
    float scale = 1.0f / sqrtf((float)w);
    load_head(j, e, j->heads + key_head, keys, key_columns);
    load_head(j, e, j->heads + j->key_heads + key_head, 0, value_columns);
    for (long i = 0; i < n * w; i++) dk[i] = dv[i] = 0;
    for (long at = e < 0 ? 0 : j->prefix; at < n; at++) {
        long row = place(j, e, at), seen = at + 1;
        for (long h = key_head * repeat; h < (key_head + 1) * repeat; h++) {
            const bf16 *o = out + (row * j->heads + h) * w;
            float log_sum = log_sums[row * j->heads + h], dot = 0;
            wide(j->qkv + row * stride + h * w, q, w, scale);
            wide(dout + (row * j->heads + h) * w, g, w, 1.0f);
            for (long d = 0; d < w; d++) dot += g[d] * up(o[d]);
            against(q, key_columns, w, n, seen, p);
            against(g, value_columns, w, n, seen, ds);
            for (long k = 0; k < seen; k++) {
                p[k] = exponential(p[k] - log_sum);
                ds[k] = p[k] * (ds[k] - dot);
            }
            spread(p, g, w, seen, dv);
            spread(ds, q, w, seen, dk); /* q holds the scale already */
            blended(ds, keys, w, seen, dq);
            bf16 *to = dqkv + row * stride + h * w;
            for (long d = 0; d < w; d++) to[d] = down(dq[d] * scale);
        }
    }
    free(keys);
}

void attend_backward(const bf16 *qkv, const long *starts, const long *lengths, const bf16 *out, const bf16 *dout,
                     const float *log_sums, bf16 *dqkv, float *scratch, long examples, long prefix, long heads,
                     long key_heads, long width) {
    attention_job j = {qkv, starts, lengths, examples, prefix, heads, key_heads, width};
    long first = prefix ? -1 : 0, parts = examples - first, longest = 0, stride = stride_of(&j);
    for (long e = first; e < examples; e++) longest = seen_by(&j, e) > longest ? seen_by(&j, e) : longest;
    long size = longest * width;
    #pragma omp parallel for schedule(dynamic)
    for (long g = 0; g < parts * key_heads; g++) {
        long e = first + g / key_heads, head = g % key_heads;
        float *dk = scratch + 2 * g * size, *dv = dk + size;
        attend_one_backward(&j, e, head, out, dout, log_sums, dqkv, dk, dv);
        for (long at = prefix; at < seen_by(&j, e); at++) {
            bf16 *to = dqkv + place(&j, e, at) * stride + (heads + head) * width;
            for (long d = 0; d < width; d++) {
                to[d] = down(dk[at * width + d]);
                to[key_heads * width + d] = down(dv[at * width + d]);
            }
        }
    }
    /* Always added in the same order, so that a resumed run gives the same numbers. */
    #pragma omp parallel for schedule(static)
    for (long at = 0; at < prefix; at++) {
        for (long head = 0; head < key_heads; head++) {
            for (long d = 0; d < width; d++) {
                float k = 0, v = 0;
                for (long e = 0; e < parts; e++) {
                    const float *dk = scratch + 2 * (e * key_heads + head) * size;
                    k += dk[at * width + d];
                    v += dk[size + at * width + d];
                }
                bf16 *to = dqkv + at * stride + (heads + head) * width + d;
                to[0] = down(k);
                to[key_heads * width] = down(v);
            }
        }
    }
}
