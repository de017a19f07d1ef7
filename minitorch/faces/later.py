"""Families of functions that are imported when one of their names is first asked for.

`import minitorch` would else take twice its time. The names are those that the tables in the
families have (see `functions.py`); a test compares them.
"""

from __future__ import annotations

# names of `torch`, by family
FUNCTIONS = {
    "activations": (
        "celu celu_ hardshrink prelu relu relu_ rrelu rrelu_ selu selu_ threshold threshold_"
    ),
    "grids": "block_diag broadcast_shapes cartesian_prod combinations meshgrid",
    "striding": (
        "TypedStorage UntypedStorage alias_copy as_strided as_strided_ as_strided_copy "
        "as_strided_scatter diagonal_copy diagonal_scatter expand_copy is_storage narrow_copy "
        "permute_copy resize_as_ select_copy select_scatter slice_copy slice_scatter split_copy "
        "split_with_sizes_copy squeeze_copy t_copy transpose_copy unbind_copy unfold_copy "
        "unsqueeze_copy view_as_complex_copy view_as_real_copy view_copy"
    ),
    "ranges": (
        "arange bartlett_window blackman_window hamming_window hann_window kaiser_window "
        "linspace logspace range tril_indices triu_indices unravel_index vander"
    ),
    "gathering": (
        "argwhere gather index_add index_copy index_fill index_select masked_fill masked_select "
        "nonzero nonzero_static scatter scatter_add take_along_dim"
    ),
    "sampling": (
        "bernoulli binomial get_rng_state multinomial normal poisson rand rand_like randint "
        "randint_like randn randn_like randperm set_rng_state"
    ),
    "dropouts": (
        "alpha_dropout alpha_dropout_ dropout dropout_ feature_alpha_dropout "
        "feature_alpha_dropout_ feature_dropout feature_dropout_"
    ),
    "special": (
        "digamma erf erf_ erfc erfc_ erfinv i0 i0_ igamma igammac lgamma logit logit_ mvlgamma "
        "polygamma xlogy xlogy_"
    ),
    "legacy": (
        "BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor "
        "LongTensor ShortTensor"
    ),
    "interchange": "as_tensor asarray from_dlpack from_numpy frombuffer to_dlpack",
    "sparse": (
        "dsmm sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor sparse_coo_tensor "
        "sparse_csc_tensor sparse_csr_tensor spmm"
    ),
    "scattering": (
        "index_put index_put_ index_reduce masked_scatter put scatter_reduce segment_reduce take"
    ),
    "sorting": "argsort kthvalue median mode msort nanmedian sort topk",
    "searching": "bucketize isin searchsorted unique unique_consecutive",
    "counting": "bincount histc histogram histogramdd",
    "statistics": "corrcoef cov nanquantile quantile",
    "scans": "cummax cummin cumprod cumsum logcumsumexp",
    "differences": "cumulative_trapezoid diff gradient trapezoid trapz",
    "norms": "dist frobenius_norm norm nuclear_norm renorm",
    "normalization": "batch_norm group_norm instance_norm layer_norm rms_norm",
    "distances": "cdist cosine_similarity pairwise_distance pdist",
    "einsum": "bilinear einsum",
    "factorizations": (
        "cholesky cholesky_inverse cholesky_solve det eig geqrf inverse logdet lstsq lu "
        "lu_solve lu_unpack matrix_exp matrix_power matrix_rank orgqr ormqr pca_lowrank "
        "pinverse qr slogdet solve svd svd_lowrank symeig triangular_solve"
    ),
    "stft": "istft stft",
    "convolutions": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
    "pools": (
        "adaptive_avg_pool1d adaptive_max_pool1d avg_pool1d max_pool1d max_pool1d_with_indices "
        "max_pool2d max_pool3d"
    ),
    "shuffles": (
        "channel_shuffle constant_pad_nd native_channel_shuffle pixel_shuffle pixel_unshuffle"
    ),
    "recurrent": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
}
# names of `Tensor`, by family
METHODS = {
    "activations": "hardshrink prelu relu relu_",
    "striding": (
        "apply_ as_strided as_strided_ as_strided_scatter diagonal_scatter is_set_to map2_ map_ "
        "narrow_copy resize resize_ resize_as resize_as_ select_scatter set_ slice_scatter "
        "squeeze_ storage swapaxes_ swapdims_ t_ transpose_ unfold unsqueeze_ untyped_storage"
    ),
    "gathering": (
        "argwhere gather index_add index_add_ index_copy index_copy_ index_fill index_fill_ "
        "index_select masked_fill masked_fill_ masked_select nonzero nonzero_static scatter "
        "scatter_ scatter_add scatter_add_ take_along_dim"
    ),
    "sampling": (
        "bernoulli bernoulli_ cauchy_ exponential_ geometric_ log_normal_ multinomial normal_ "
        "random_ uniform_"
    ),
    "special": (
        "digamma digamma_ erf erf_ erfc erfc_ erfinv erfinv_ i0 i0_ igamma igamma_ igammac "
        "igammac_ lgamma lgamma_ logit logit_ mvlgamma mvlgamma_ polygamma polygamma_ xlogy "
        "xlogy_"
    ),
    "legacy": "new",
    "sparse": (
        "ccol_indices coalesce col_indices crow_indices dense_dim indices is_coalesced "
        "row_indices sparse_dim to_dense to_sparse to_sparse_bsc to_sparse_bsr to_sparse_coo "
        "to_sparse_csc to_sparse_csr values"
    ),
    "scattering": (
        "index_put index_put_ index_reduce index_reduce_ masked_scatter masked_scatter_ put "
        "put_ scatter_reduce scatter_reduce_ take"
    ),
    "sorting": "argsort kthvalue median mode msort nanmedian sort topk",
    "searching": "unique unique_consecutive",
    "counting": "bincount histc histogram",
    "statistics": "corrcoef cov nanquantile quantile",
    "scans": "cummax cummin cumprod cumprod_ cumsum cumsum_ logcumsumexp",
    "differences": "diff",
    "norms": "dist norm renorm renorm_",
    "factorizations": (
        "cholesky cholesky_inverse cholesky_solve det eig geqrf inverse logdet lstsq lu "
        "lu_solve matrix_exp matrix_power orgqr ormqr pinverse qr slogdet solve svd symeig "
        "triangular_solve"
    ),
    "stft": "istft stft",
}
