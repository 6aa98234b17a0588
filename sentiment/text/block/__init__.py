"""Thousands of posts at once: what the functions beside this package give, from compiled loops over arrays.

Texts stand one behind the other as code points (:class:`~sentiment.text.block.codes.Codes`), words as
numbers (:class:`~sentiment.text.block.words.Vocabulary`). What loops over characters is compiled by numba;
what occurs in few posts is left to the functions for one post, which stay the definition. Import nothing
else from here where :func:`~sentiment.text.block.compiling.can_compile` says no.
"""
